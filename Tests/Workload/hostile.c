#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "kernel.h"

// Quotes, a backslash, a newline, braces and what is not UTF-8.
static const char process_name[] = "a\"b\\c\nd{e=}\xff,";
static const char pin_name[] = "quote\" back\\slash\nnew line{x=\"1\"} 2 \xc3( #";
// The kernel allows letters, and takes those of Latin-1 for letters as well.
static const char map_name[] = "wl_\xe9\xff\xc3_host";

int create_hostile(const struct share *share)
{
    union bpf_attr attr = {0};
    attr.map_type = BPF_MAP_TYPE_ARRAY;
    attr.key_size = sizeof(uint32_t);
    attr.value_size = 8;
    attr.max_entries = 1;
    snprintf(attr.map_name, sizeof(attr.map_name), "%s", map_name);
    struct bpf_map_info info = {0};
    int fd = bpf_call(BPF_MAP_CREATE, &attr);
    if (fd < 0 || bpf_info(fd, &info, sizeof(info)) != 0) {
        complain("cannot create the map with a hostile name: %s", errno_name(errno));
        return -1;
    }
    char path[PATH_MAX + sizeof(pin_name)];
    snprintf(path, sizeof(path), "%s/%s", share->places->pins, pin_name);
    if (share->places->pins[0] && bpf_pin(fd, path) != 0) {
        complain("cannot pin under a hostile name: %s", errno_name(errno));
        return -1;
    }
    prctl(PR_SET_NAME, process_name);
    struct map map = {.fd = fd, .id = info.id, .type = "array", .by = HELD_BY_FD};
    struct hold hold = hold_by_fd(share, fd);
    return record_map(share->out, &map, &hold);
}
