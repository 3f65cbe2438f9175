#include "grow.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel.h"
#include "stop.h"

#define ELEMENT_BYTES 32768u
#define NO_PREALLOC (1u << 0)

int create_growing_map(struct map *map)
{
    union bpf_attr attr = {0};
    attr.map_type = BPF_MAP_TYPE_HASH;
    attr.key_size = sizeof(uint32_t);
    attr.value_size = ELEMENT_BYTES;
    attr.max_entries = 1u << 17;
    attr.map_flags = NO_PREALLOC;
    snprintf(attr.map_name, sizeof(attr.map_name), "wl_growing");
    struct bpf_map_info info = {0};
    int fd = bpf_call(BPF_MAP_CREATE, &attr);
    if (fd < 0 || bpf_info(fd, &info, sizeof(info)) != 0) {
        complain("cannot create the growing map: %s", errno_name(errno));
        return -1;
    }
    *map = (struct map){.fd = fd, .id = info.id, .type = "hash", .by = HELD_BY_FD};
    return 0;
}

static int add_element(int fd, uint32_t key)
{
    static char value[ELEMENT_BYTES];
    union bpf_attr attr = {0};
    attr.map_fd = (uint32_t)fd;
    attr.key = (uint64_t)(uintptr_t)&key;
    attr.value = (uint64_t)(uintptr_t)value;
    return bpf_call(BPF_MAP_UPDATE_ELEM, &attr);
}

static int grow(const struct map *map, unsigned bytes)
{
    static uint32_t next;
    long long begin = own_memlock(map->fd), before = begin, now = begin;
    while (now - begin < (long long)bytes) {
        if (add_element(map->fd, next++) != 0) {
            complain("cannot grow the map: %s", errno_name(errno));
            return -1;
        }
        now = own_memlock(map->fd);
        if (now <= before) {
            complain("this kernel does not count a map's elements: from 6.4 on");
            return -1;
        }
        before = now;
    }
    return 0;
}

int grow_on_input(const struct map *map, unsigned bytes, int signals)
{
    struct hold hold = {.by = HELD_BY_FD, .pid = getpid(), .fd = map->fd};
    // A wait that ends is an input: nobody waits for so long.
    while (!stop_wanted(STDIN_FILENO, signals, INT_MAX)) {
        if (grow(map, bytes) != 0 || record_map(stdout, map, &hold) != 0)
            return -1;
        fflush(stdout);
    }
    return 0;
}
