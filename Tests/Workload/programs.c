#define _GNU_SOURCE
#include "share.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "functions.h"
#include "kernel.h"

#ifndef SO_ATTACH_BPF
#define SO_ATTACH_BPF 50
#endif

// Results are those that let everything pass, should a program ever run.
struct program_type {
    const char *name;
    uint32_t number;
    uint32_t attach;
    int32_t result;
    bool for_cgroup;  // and one of those that this file attaches
};

static const struct program_type types[] = {
    {"socket_filter", 1, 0, 0, false},
    {"kprobe", 2, 0, 0, false},
    {"sched_cls", 3, 0, 0, false},
    {"sched_act", 4, 0, 0, false},
    {"tracepoint", 5, 0, 0, false},
    {"xdp", 6, 0, 2, false},
    {"perf_event", 7, 0, 0, false},
    {"cgroup_skb", 8, WL_ATTACH_CGROUP_INGRESS, 1, true},
    {"cgroup_sock", 9, WL_ATTACH_SOCK_CREATE, 1, true},
    {"lwt_in", 10, 0, 0, false},
    {"lwt_out", 11, 0, 0, false},
    {"lwt_xmit", 12, 0, 0, false},
    {"sock_ops", 13, WL_ATTACH_SOCK_OPS, 1, true},
    {"sk_skb", 14, 0, 1, false},
    {"cgroup_device", 15, WL_ATTACH_CGROUP_DEVICE, 1, true},
    {"sk_msg", 16, 0, 1, false},
    {"raw_tracepoint", 17, 0, 0, false},
    {"cgroup_sock_addr", 18, WL_ATTACH_INET4_CONNECT, 1, true},
    {"lwt_seg6local", 19, 0, 0, false},
    {"sk_reuseport", 21, 0, 1, false},
    {"flow_dissector", 22, 0, 0, false},
    {"cgroup_sysctl", 23, WL_ATTACH_CGROUP_SYSCTL, 1, true},
    {"raw_tracepoint_writable", 24, 0, 0, false},
    {"cgroup_sockopt", 25, WL_ATTACH_GETSOCKOPT, 1, true},
    {"sk_lookup", 30, WL_ATTACH_SK_LOOKUP, 1, false},
    {"netfilter", 32, WL_ATTACH_NETFILTER, 1, false},
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static bool refused[TYPES];

static struct bpf_insn move(uint8_t to, int32_t constant)
{
    return (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = to, .imm = constant};
}

// Names maps, does some idle work, returns a constant.
static uint32_t assemble(struct bpf_insn *code, const struct program_shape *shape, int32_t result)
{
    struct bpf_insn *next = code;
    for (unsigned i = 0; i < shape->map_count; i++) {
        *next++ = (struct bpf_insn){.code = BPF_LD | BPF_DW | BPF_IMM,
                                    .dst_reg = BPF_REG_1,
                                    .src_reg = BPF_PSEUDO_MAP_FD,
                                    .imm = shape->maps[i]};
        *next++ = (struct bpf_insn){0};
    }
    for (unsigned i = 0; i < shape->filler; i++)
        *next++ = move(BPF_REG_2, shape->constant);
    *next++ = move(BPF_REG_0, result);
    *next++ = (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
    return (uint32_t)(next - code);
}

static int load(const struct program_type *type, const struct program_shape *shape)
{
    struct bpf_insn code[64];
    union bpf_attr attr = {0};
    attr.prog_type = type->number;
    attr.expected_attach_type = shape->attach ? shape->attach : type->attach;
    attr.insn_cnt = assemble(code, shape, type->result);
    attr.insns = (uintptr_t)code;
    attr.license = (uintptr_t)"GPL";
    strncpy(attr.prog_name, shape->name, sizeof(attr.prog_name) - 1);
    if (!shape->function)
        return bpf_call(BPF_PROG_LOAD, &attr);
    struct bpf_func_info function = {0};
    int btf = load_function_btf(shape->function, &function.type_id);
    if (btf < 0)
        return -1;
    attr.prog_btf_fd = (uint32_t)btf;
    attr.func_info_rec_size = sizeof(function);
    attr.func_info = (uintptr_t)&function;
    attr.func_info_cnt = 1;
    int fd = bpf_call(BPF_PROG_LOAD, &attr), error = errno;
    close(btf);
    errno = error;
    return fd;
}

int load_program(const char *name, const struct program_shape *shape)
{
    for (size_t i = 0; i < TYPES; i++)
        if (strcmp(types[i].name, name) == 0)
            return load(&types[i], shape);
    errno = EINVAL;
    return -1;
}

// The type that belongs to a number, or the next one the kernel accepts.
static int load_some(FILE *out, unsigned number, bool for_cgroup, const struct program_shape *shape,
                     const struct program_type **type)
{
    errno = EINVAL;
    for (unsigned i = 0; i < TYPES; i++) {
        unsigned which = (number + i) % TYPES;
        if (refused[which] || (for_cgroup && !types[which].for_cgroup))
            continue;
        int fd = load(&types[which], shape);
        *type = &types[which];
        if (fd >= 0 || !means_refused(errno))
            return fd;
        refused[which] = true;
        if (out)
            manifest_unsupported(out, "program", types[which].name, errno);
    }
    return -1;
}

int create_program(FILE *out, unsigned number, const struct program_shape *shape,
                   const char **type)
{
    const struct program_type *found = NULL;
    int fd = load_some(out, number, false, shape, &found);
    if (fd >= 0)
        *type = found->name;
    else if (out)
        complain("cannot load program %u: %s", number, errno_name(errno));
    return fd;
}

int record_program(FILE *out, int fd, const char *type, const struct hold *hold)
{
    // More room than any of ours needs.
    uint32_t ids[16] = {0};
    struct bpf_prog_info info = {0};
    info.nr_map_ids = sizeof(ids) / sizeof(ids[0]);
    info.map_ids = (uintptr_t)ids;
    if (bpf_info(fd, &info, sizeof(info)) != 0) {
        complain("no information on a program: %s", errno_name(errno));
        return -1;
    }
    manifest_program(out, type, &info, own_memlock(fd), hold);
    return 0;
}

// Few numbers, so that names repeat; some names fill all 15 characters, some are empty.
static void name_program(char name[BPF_OBJ_NAME_LEN], unsigned n)
{
    static const char *const prefixes[] = {"odigos_", "trace_", "uprobe_", "uretprobe_", "other_"};
    const char *prefix = prefixes[n % 5];
    if (n % 13 == 7)
        name[0] = '\0';
    else if (n % 13 == 9)
        snprintf(name, BPF_OBJ_NAME_LEN, "%s%s", prefix, "abcdefghijklmno");
    else
        snprintf(name, BPF_OBJ_NAME_LEN, "%sp%u", prefix, n / 5 % 20);
}

static struct map *next_pending(struct share *share)
{
    while (share->maps[share->pending_next].by != HELD_BY_ATTACHMENT)
        share->pending_next++;
    share->pending_left--;
    return &share->maps[share->pending_next++];
}

static struct map *next_pooled(struct share *share)
{
    for (unsigned i = 0; i < share->map_count; i++) {
        struct map *map = &share->maps[share->pool_next++ % share->map_count];
        if (map->referable && map->by != HELD_BY_ATTACHMENT)
            return map;
    }
    return NULL;
}

// Which maps a program names. Maps that only programs hold come first and must all
// find one before the programs run out.
static void choose_maps(struct share *share, unsigned number, unsigned programs_left,
                        struct program_shape *shape)
{
    unsigned needed = (share->pending_left + programs_left - 1) / programs_left;
    unsigned wanted = number % (MAX_REFERENCES + 1);
    if (wanted < needed)
        wanted = needed;
    while (shape->map_count < wanted) {
        struct map *map = share->pending_left ? next_pending(share) : next_pooled(share);
        if (!map)
            break;
        shape->maps[shape->map_count++] = map->fd;
    }
}

static int attach_to_socket(int program)
{
    // Never closed: the socket is what holds the program.
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program));
}

static int attach_to_cgroup(struct share *share, int program, uint32_t attach)
{
    // The kernel allows 64 of each kind in one.
    const unsigned per_cgroup = 32;
    if (share->cgroup < 0 || share->cgroup_used == per_cgroup) {
        if (share->cgroup >= 0)
            close(share->cgroup);
        share->cgroup = place_cgroup(share->places, share->process, share->cgroups_made++);
        share->cgroup_used = 0;
        if (share->cgroup < 0)
            return -1;
    }
    share->cgroup_used++;
    union bpf_attr attr = {0};
    attr.target_fd = (uint32_t)share->cgroup;
    attr.attach_bpf_fd = (uint32_t)program;
    attr.attach_type = attach;
    attr.attach_flags = BPF_F_ALLOW_MULTI;
    return bpf_call(BPF_PROG_ATTACH, &attr);
}

static int create_on_cgroup(struct share *share, unsigned number, const struct program_shape *shape)
{
    const struct program_type *type = NULL;
    int fd = load_some(share->out, number / 2, true, shape, &type);
    if (fd < 0)
        return -1;
    struct hold hold = {.by = HELD_BY_ATTACHMENT, .via = "cgroup"};
    int result = attach_to_cgroup(share, fd, type->attach);
    if (result != 0)
        manifest_unsupported(share->out, "attachment", "cgroup", errno);
    else
        result = record_program(share->out, fd, type->name, &hold);
    close(fd);
    return result;
}

static int create_on_socket(struct share *share, const struct program_shape *shape)
{
    int fd = load(&types[0], shape);
    struct hold hold = {.by = HELD_BY_ATTACHMENT, .via = "socket"};
    if (fd < 0 || attach_to_socket(fd) != 0) {
        complain("cannot attach a program to a socket: %s", errno_name(errno));
        return -1;
    }
    int result = record_program(share->out, fd, types[0].name, &hold);
    close(fd);
    return result;
}

static int create_attached(struct share *share, unsigned number, const struct program_shape *shape)
{
    static bool without_cgroups;
    if (number % 2 && !without_cgroups) {
        if (create_on_cgroup(share, number, shape) == 0)
            return 0;
        without_cgroups = true;
    }
    return create_on_socket(share, shape);
}

static int create_pinned(struct share *share, unsigned number, int fd, const char *type)
{
    char pin[PATH_MAX];
    struct hold hold = {.by = HELD_BY_PIN, .pin = pin};
    int result = place_pin(share->places, share->options->prefix, "program", share->process,
                           number, fd, pin);
    if (result == 0)
        result = record_program(share->out, fd, type, &hold);
    close(fd);
    return result;
}

static int create_held(struct share *share, enum held_by by, unsigned programs_left)
{
    unsigned number = share->next_program++;
    char name[BPF_OBJ_NAME_LEN];
    name_program(name, number);
    struct program_shape shape = {.name = name,
                                  .filler = number % 6,
                                  .constant = (int)(number / 6 % 4)};
    choose_maps(share, number, programs_left, &shape);
    if (by == HELD_BY_ATTACHMENT)
        return create_attached(share, number, &shape);
    const char *type = NULL;
    int fd = create_program(share->out, number, &shape, &type);
    if (fd < 0)
        return -1;
    if (by == HELD_BY_PIN)
        return create_pinned(share, number, fd, type);
    struct hold hold = hold_by_fd(share, fd);
    return record_program(share->out, fd, type, &hold);
}

int create_programs(struct share *share)
{
    unsigned left = 0;
    for (int by = 0; by < HELD_BY_KINDS; by++)
        left += share->programs_by[by];
    for (int by = 0; by < HELD_BY_KINDS; by++)
        for (unsigned i = 0; i < share->programs_by[by]; i++, left--)
            if (create_held(share, (enum held_by)by, left) != 0)
                return -1;
    return 0;
}
