#define _GNU_SOURCE 1
#include "clinux_bytes.h"

#include <string.h>

const void *clinux_find(const void *bytes, size_t count, const void *what, size_t length) {
    return memmem(bytes, count, what, length);
}
