// Programs with BTF, in which functions have longer names than programs can.
#ifndef WL_FUNCTIONS_H
#define WL_FUNCTIONS_H

#include <stdint.h>

#include "share.h"

// BTF that describes a program's one function: an fd, and the function's type in it. -1
// with errno.
int load_function_btf(const char *name, uint32_t *type);

// One program whose function has a name of 42 characters, one with a name of just 15, and
// one that was given another name than its function's, all with the same code; and one
// with code of its own. -1 with a message.
int create_functions(const struct share *share);

#endif
