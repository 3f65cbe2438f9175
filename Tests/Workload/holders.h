// The processes and threads that hold objects.
#ifndef WL_HOLDERS_H
#define WL_HOLDERS_H

#include "options.h"

// Creates, prints, holds, cleans up. The exit status.
int hold_objects(const struct options *options);

#endif
