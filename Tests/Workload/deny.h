// Running a command without bpf(2).
#ifndef WL_DENY_H
#define WL_DENY_H

#include "options.h"

// Does not return when the command starts; otherwise the exit status.
int deny_bpf(const struct options *options);

#endif
