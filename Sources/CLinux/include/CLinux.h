// What Swift cannot call by itself: variadic syscall(2), and declarations that
// Glibc's Swift module hides because it is imported without _GNU_SOURCE.
// The headers include nothing of libc but stdint.h and stddef.h, so that no type of
// libc is defined a second time beside Glibc's module.
//
// Every function answers a negative errno where it fails, instead of setting errno.
#ifndef CLINUX_H
#define CLINUX_H

#include "clinux_bpf.h"
#include "clinux_bytes.h"
#include "clinux_files.h"
#include "clinux_memory.h"
#include "clinux_process.h"

#endif
