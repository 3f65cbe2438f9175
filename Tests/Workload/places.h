// Where the workload leaves things outside itself: directories of pins and cgroups.
#ifndef WL_PLACES_H
#define WL_PLACES_H

#include <limits.h>

#include "options.h"

struct places {
    char pins[PATH_MAX];     // "": nothing is pinned
    char cgroups[PATH_MAX];  // "": no cgroups, because of cgroup_error
    int cgroup_error;
};

// Makes both directories, named after the prefix and our pid. -1 with a message
// when there is nowhere to pin.
int places_make(const struct options *options, struct places *places);
// Removes them with everything inside.
void places_remove(const struct places *places);

// Pins an fd in a nested directory, every other pin readable by all, and tells the
// path. -1 with a message.
int place_pin(const struct places *places, const char *prefix, const char *what, unsigned process,
              unsigned number, int fd, char path[PATH_MAX]);
// A new cgroup: an fd of it, or -1 with errno.
int place_cgroup(const struct places *places, unsigned process, unsigned number);

#endif
