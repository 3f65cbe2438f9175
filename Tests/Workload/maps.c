#define _GNU_SOURCE
#include "share.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

// How a type wants its sizes.
enum layout {
    FREE,      // any key, any value
    INDEXED,   // a key of 4 bytes, any value
    HANDLE,    // a key and a value of 4 bytes
    OUTER,     // the same, and a model of the maps inside
    STACKS,    // a value of some addresses
    PREFIXES,  // a key that starts with a length
    KEYLESS,   // only a value
    PAGES,     // only entries: a power of two pages
    STORAGE,   // a cgroup's key, no entries
    ARENA,     // pages; takes 4 GiB of the kernel's addresses
};

struct variant {
    const char *type;
    uint32_t number;
    enum layout layout;
    uint32_t flags;
    bool referable;
    bool frozen;
};

#define NO_PREALLOC (1u << 0)
#define RDONLY_PROG (1u << 7)
#define MMAPABLE (1u << 10)

// Not referable: hashes without preallocation (refused for perf events), a prog_array
// (bound to one program type), and whatever only some program types may name.
static const struct variant variants[] = {
    {"hash", 1, FREE, 0, true, false},
    {"array", 2, INDEXED, 0, true, false},
    {"prog_array", 3, HANDLE, 0, false, false},
    {"perf_event_array", 4, HANDLE, 0, true, false},
    {"percpu_hash", 5, FREE, 0, true, false},
    {"percpu_array", 6, INDEXED, 0, true, false},
    {"stack_trace", 7, STACKS, 0, true, false},
    {"cgroup_array", 8, HANDLE, 0, false, false},
    {"hash", 1, FREE, NO_PREALLOC, false, false},
    {"lru_hash", 9, FREE, 0, true, false},
    {"lru_percpu_hash", 10, FREE, 0, true, false},
    {"lpm_trie", 11, PREFIXES, NO_PREALLOC, false, false},
    {"array_of_maps", 12, OUTER, 0, false, false},
    {"hash_of_maps", 13, OUTER, 0, false, false},
    {"devmap", 14, HANDLE, 0, false, false},
    {"array", 2, INDEXED, RDONLY_PROG, true, true},
    {"sockmap", 15, HANDLE, 0, false, false},
    {"cpumap", 16, HANDLE, 0, false, false},
    {"xskmap", 17, HANDLE, 0, false, false},
    {"sockhash", 18, HANDLE, 0, false, false},
    {"cgroup_storage", 19, STORAGE, 0, false, false},
    {"reuseport_sockarray", 20, HANDLE, 0, false, false},
    {"percpu_cgroup_storage", 21, STORAGE, 0, false, false},
    {"queue", 22, KEYLESS, 0, true, false},
    {"stack", 23, KEYLESS, 0, true, false},
    {"devmap_hash", 25, HANDLE, 0, false, false},
    {"array", 2, INDEXED, MMAPABLE, true, false},
    {"ringbuf", 27, PAGES, 0, true, false},
    {"bloom_filter", 30, KEYLESS, 0, true, false},
    {"user_ringbuf", 31, PAGES, 0, false, false},
    {"arena", 33, ARENA, MMAPABLE, false, false},
};
#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

// Of this process: what the kernel refused, and what is not wanted twice. A holder
// and its thread create one after the other.
static bool skipped[VARIANTS];

static void shape(union bpf_attr *attr, enum layout layout, unsigned n)
{
    static const uint32_t keys[] = {4, 8, 1, 16, 2, 20, 40};
    static const uint32_t values[] = {8, 4, 64, 1, 16, 128, 3, 200};
    static const uint32_t entries[] = {16, 1, 2, 8, 32, 4};
    uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
    attr->key_size = 4;
    attr->value_size = 4;
    attr->max_entries = entries[n / 5 % 6];
    switch (layout) {
    case FREE:
        attr->key_size = keys[n % 7];
        attr->value_size = values[n / 3 % 8];
        break;
    case INDEXED:
        attr->value_size = values[n / 3 % 8];
        break;
    case STACKS:
        attr->value_size = 8 * (1 + n % 16);
        break;
    case PREFIXES:
        attr->key_size = n % 2 ? 8 : 20;
        attr->value_size = values[n / 3 % 8];
        break;
    case KEYLESS:
        attr->key_size = 0;
        attr->value_size = values[n / 3 % 8];
        break;
    case PAGES:
        attr->key_size = attr->value_size = 0;
        attr->max_entries = page << n % 3;
        break;
    case STORAGE:
        attr->key_size = n % 2 ? 8 : 16;
        attr->value_size = values[n / 3 % 8];
        attr->max_entries = 0;
        break;
    case ARENA:
        attr->key_size = attr->value_size = 0;
        break;
    case HANDLE:
    case OUTER:
        break;
    }
}

static void name_map(char name[BPF_OBJ_NAME_LEN], unsigned n)
{
    switch (n % 8) {
    case 3:
        snprintf(name, BPF_OBJ_NAME_LEN, "wl_fifteen_%04u", n % 10000);
        break;
    case 5:
        snprintf(name, BPF_OBJ_NAME_LEN, "wl.dot_%u", n % 1000000);
        break;
    case 6:
        name[0] = '\0';
        break;
    default:
        snprintf(name, BPF_OBJ_NAME_LEN, "wl_map_%u", n % 1000000);
    }
}

static int create_array(const char *name)
{
    union bpf_attr attr = {0};
    attr.map_type = BPF_MAP_TYPE_ARRAY;
    attr.key_size = 4;
    attr.value_size = 8;
    attr.max_entries = 4;
    snprintf(attr.map_name, sizeof(attr.map_name), "%s", name);
    return bpf_call(BPF_MAP_CREATE, &attr);
}

static int freeze(int fd)
{
    union bpf_attr attr = {0};
    attr.map_fd = (uint32_t)fd;
    return bpf_call(BPF_MAP_FREEZE, &attr);
}

static int create_variant(const struct variant *variant, unsigned n)
{
    union bpf_attr attr = {0};
    attr.map_type = variant->number;
    attr.map_flags = variant->flags;
    shape(&attr, variant->layout, n);
    name_map(attr.map_name, n);
    int model = -1;
    if (variant->layout == OUTER) {
        model = create_array("wl_model");
        if (model < 0)
            return -1;
        attr.inner_map_fd = (uint32_t)model;
    }
    int fd = bpf_call(BPF_MAP_CREATE, &attr);
    int error = errno;
    // Only its sizes are remembered.
    if (model >= 0)
        close(model);
    if (fd >= 0 && variant->frozen && freeze(fd) != 0) {
        error = errno;
        close(fd);
        fd = -1;
    }
    errno = error;
    return fd;
}

static int identify(int fd, struct map *map)
{
    struct bpf_map_info info = {0};
    if (bpf_info(fd, &info, sizeof(info)) != 0)
        return -1;
    map->fd = fd;
    map->id = info.id;
    return 0;
}

static int try_variant(FILE *out, const struct variant *variant, unsigned n, struct map *map)
{
    int fd = create_variant(variant, n);
    if (fd < 0 || identify(fd, map) != 0) {
        if (out && means_refused(errno))
            manifest_unsupported(out, "map", variant->type, errno);
        return -1;
    }
    map->type = variant->type;
    map->frozen = variant->frozen;
    map->referable = variant->referable;
    return 0;
}

int create_map(FILE *out, unsigned number, bool referable, struct map *map)
{
    errno = EINVAL;
    for (unsigned i = 0; i < VARIANTS; i++) {
        unsigned which = (number + i) % VARIANTS;
        const struct variant *variant = &variants[which];
        if (skipped[which] || (referable && !variant->referable))
            continue;
        int result = try_variant(out, variant, number, map);
        if (result != 0 && !means_refused(errno))
            break;
        skipped[which] = result != 0 || variant->layout == ARENA;
        if (result == 0)
            return 0;
    }
    if (out)
        complain("cannot create map %u: %s", number, errno_name(errno));
    return -1;
}

int create_shared_map(struct map *map)
{
    *map = (struct map){.type = "array", .by = HELD_BY_FD, .referable = true};
    int fd = create_array("wl_shared");
    if (fd >= 0 && identify(fd, map) == 0)
        return 0;
    complain("cannot create the shared map: %s", errno_name(errno));
    return -1;
}

int record_map(FILE *out, const struct map *map, const struct hold *hold)
{
    struct bpf_map_info info = {0};
    if (bpf_info(map->fd, &info, sizeof(info)) != 0) {
        complain("no information on map %u: %s", map->id, errno_name(errno));
        return -1;
    }
    manifest_map(out, map->type, &info, map->frozen, own_memlock(map->fd), hold);
    return 0;
}

static int create_held(struct share *share, enum held_by by)
{
    unsigned number = share->next_map++;
    struct map *map = &share->maps[share->map_count];
    // A map that a program shall hold must be one that it may name.
    if (create_map(share->out, number, by == HELD_BY_ATTACHMENT, map) != 0)
        return -1;
    share->map_count++;
    map->by = by;
    struct hold hold = hold_by_fd(share, map->fd);
    char pin[PATH_MAX];
    if (by == HELD_BY_PIN) {
        if (place_pin(share->places, share->options->prefix, "map", share->process, number,
                      map->fd, pin) != 0)
            return -1;
        hold = (struct hold){.by = by, .pin = pin};
    } else if (by == HELD_BY_ATTACHMENT) {
        hold = (struct hold){.by = by, .via = "program"};
        share->pending_left++;
    }
    return record_map(share->out, map, &hold);
}

int create_maps(struct share *share)
{
    unsigned total = 0;
    for (int by = 0; by < HELD_BY_KINDS; by++)
        total += share->maps_by[by];
    share->maps = calloc(total ? total : 1, sizeof(*share->maps));
    if (!share->maps) {
        complain("out of memory");
        return -1;
    }
    for (int by = 0; by < HELD_BY_KINDS; by++)
        for (unsigned i = 0; i < share->maps_by[by]; i++)
            if (create_held(share, (enum held_by)by) != 0)
                return -1;
    return 0;
}

void release_unheld(struct share *share)
{
    for (unsigned i = 0; i < share->map_count; i++)
        if (share->maps[i].by == HELD_BY_PIN || share->maps[i].by == HELD_BY_ATTACHMENT)
            close(share->maps[i].fd);
    if (share->cgroup >= 0)
        close(share->cgroup);
    share->cgroup = -1;
}
