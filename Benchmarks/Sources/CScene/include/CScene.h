// Something to measure on: processes that hold eBPF objects, and processes that do nothing.
#ifndef CSCENE_H
#define CSCENE_H

#include <stdint.h>

struct scene;

struct scene_plan {
    uint32_t maps, programs, processes;
    // Of so many maps one has memory that moves: a hash without preallocation. 0: none.
    uint32_t moving_every;
    // Files that each process has open beside them.
    uint32_t files;
};

// NULL with errno.
struct scene *scene_start(const struct scene_plan *plan);
// Closes so many maps and programs in all, the oldest, and makes as many new ones. -1 with errno.
int scene_replace(struct scene *scene, uint32_t maps, uint32_t programs);
void scene_end(struct scene *scene);

// Runs a program with its output thrown away; its exit status, or -1 with errno.
int run_silently(const char *const argv[]);

#endif
