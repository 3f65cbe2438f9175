// The share of objects that one holder (a process, or a thread with its own fd
// table) creates and holds.
#ifndef WL_SHARE_H
#define WL_SHARE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "manifest.h"
#include "options.h"
#include "places.h"

struct map {
    int fd;
    unsigned id;
    const char *type;
    enum held_by by;
    bool frozen;
    bool referable;  // any program may name it
};

struct share {
    const struct options *options;
    const struct places *places;
    FILE *out;
    pid_t pid, tid;    // tid: in a thread
    unsigned process;  // which of the processes, from 0

    unsigned maps_by[HELD_BY_KINDS];      // how many to create
    unsigned programs_by[HELD_BY_KINDS];
    unsigned next_map, next_program;      // numbers, unique in the whole run

    struct map *maps;
    unsigned map_count;
    unsigned pool_next;     // cursor over maps that programs name
    unsigned pending_next;  // cursor over maps that only a program will hold
    unsigned pending_left;

    int cgroup;             // for attachments, -1: none yet
    unsigned cgroups_made, cgroup_used;
};

// A line on standard error.
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

// Each: -1 with a message on failure.
int create_maps(struct share *share);
int create_programs(struct share *share);
int create_links(struct share *share);
// Closes what is not held by fd, when nothing needs these fds any more.
void release_unheld(struct share *share);

struct hold hold_by_fd(const struct share *share, int fd);
// Writes down a map or a program as the kernel describes it. -1 with a message.
int record_map(FILE *out, const struct map *map, const struct hold *hold);
int record_program(FILE *out, int fd, const char *type, const struct hold *hold);

// One map of the kind that belongs to `number`, or of the next kind that the kernel
// accepts. `referable`: only of a kind that any program may name.
int create_map(FILE *out, unsigned number, bool referable, struct map *map);
// A plain array, for several processes.
int create_shared_map(struct map *map);

#define MAX_REFERENCES 4

struct program_shape {
    const char *name;
    const char *function;  // its name in BTF; NULL: no BTF
    int maps[MAX_REFERENCES];
    unsigned map_count;
    unsigned filler;   // further instructions
    int constant;      // in these
    unsigned attach;   // what it will be attached to; 0: what its type usually is
};

// One program of the kind that belongs to `number`, or the next that the kernel accepts.
int create_program(FILE *out, unsigned number, const struct program_shape *shape,
                   const char **type);
// A program of this type: an fd, or -1 with errno.
int load_program(const char *type, const struct program_shape *shape);

// A perf event with a program linked to it: an fd of the link, or -1 with errno.
int link_perf_event(int program);

#endif
