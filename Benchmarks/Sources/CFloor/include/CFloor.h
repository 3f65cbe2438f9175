// What the sources cost at least: the same system calls in a loop, in C.
#ifndef CFLOOR_H
#define CFLOOR_H

#include <stdint.h>

struct floor_result {
    uint64_t programs, maps, links; // objects met
    uint64_t memory;                // sum of memlock, so that the texts are really looked at
    int error;                      // errno that ended it, 0
};

// Walks all ids: next id, fd by id, info, own fdinfo by openat on a kept directory, close.
struct floor_result floor_id_walk(void);

// Scans all processes: the threads' link count, fd listed and its links read, and the text of each BPF object.
struct floor_result floor_procfs_scan(void);

#endif
