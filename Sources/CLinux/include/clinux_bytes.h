// Searching in bytes.
#ifndef CLINUX_BYTES_H
#define CLINUX_BYTES_H

#include <stddef.h>

// memmem(3), which glibc shows to GNU programs only.
const void *clinux_find(const void *bytes, size_t count, const void *what, size_t length);

#endif
