// The manifest: one JSON object a line for each object created.
#ifndef WL_MANIFEST_H
#define WL_MANIFEST_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "kernel.h"

// What keeps an object alive. The order is that of the names in manifest.c.
enum held_by { HELD_BY_FD, HELD_BY_PIN, HELD_BY_ATTACHMENT, HELD_BY_THREAD, HELD_BY_KINDS };

struct hold {
    enum held_by by;
    pid_t pid, tid;
    int fd;
    const char *pin;        // by pin
    const char *via;        // by attachment: to what
    const pid_t *holders;   // further processes with the same fd
    unsigned holder_count;
};

void manifest_map(FILE *out, const char *type, const struct bpf_map_info *info, bool frozen,
                  long long memlock, const struct hold *hold);
void manifest_program(FILE *out, const char *type, const struct bpf_prog_info *info,
                      long long memlock, const struct hold *hold);
void manifest_link(FILE *out, const char *type, const struct bpf_link_info *info,
                   const struct hold *hold);
void manifest_unsupported(FILE *out, const char *object, const char *what, int number);

// Prints finished lines to standard output, leaving out repeated "unsupported"
// ones, and remembers the ids in them.
void manifest_print(char *text);
void manifest_ready(void);
// Waits until the kernel has destroyed all objects printed. The number left over.
unsigned manifest_await_destruction(unsigned milliseconds);

#endif
