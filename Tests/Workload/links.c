#define _GNU_SOURCE
#include "share.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"

#define XDP_SKB_MODE (1u << 1)

// What links attach to.
struct targets {
    int cgroup;     // or -1, because of cgroup_error
    int cgroup_error;
    int netns;      // kept open: it holds the namespace that links are in
    int old_netns;  // where to go back to, or -1
    unsigned loopback;
};

// BPF_LINK_CREATE's part of union bpf_attr, with what newer kernels added.
struct link_request {
    uint32_t program, target, attach, flags;
    uint32_t family, hook;
    int32_t priority;
    uint32_t netfilter_flags;
};

static int request_link(const struct link_request *request)
{
    union bpf_attr attr = {0};
    memcpy(&attr, request, sizeof(*request));
    return bpf_call(BPF_LINK_CREATE, &attr);
}

static int link_cgroup(const struct targets *targets, int program)
{
    if (targets->cgroup < 0) {
        errno = targets->cgroup_error;
        return -1;
    }
    struct link_request request = {.program = (uint32_t)program,
                                   .target = (uint32_t)targets->cgroup,
                                   .attach = WL_ATTACH_CGROUP_INGRESS};
    return request_link(&request);
}

static int link_netns(const struct targets *targets, int program)
{
    struct link_request request = {.program = (uint32_t)program,
                                   .target = (uint32_t)targets->netns,
                                   .attach = WL_ATTACH_SK_LOOKUP};
    return request_link(&request);
}

static int link_xdp(const struct targets *targets, int program)
{
    struct link_request request = {.program = (uint32_t)program,
                                   .target = targets->loopback,
                                   .attach = WL_ATTACH_XDP,
                                   .flags = XDP_SKB_MODE};
    return request_link(&request);
}

static int link_tcx(const struct targets *targets, int program)
{
    struct link_request request = {.program = (uint32_t)program,
                                   .target = targets->loopback,
                                   .attach = WL_ATTACH_TCX_INGRESS};
    return request_link(&request);
}

static int link_netfilter(const struct targets *targets, int program)
{
    (void)targets;
    struct link_request request = {.program = (uint32_t)program,
                                   .attach = WL_ATTACH_NETFILTER,
                                   .family = 2,  // IPv4
                                   .hook = 1,    // local in
                                   .priority = 10};
    return request_link(&request);
}

// BPF_LINK_CREATE's part of union bpf_attr for kprobe_multi, which the installed header may not have.
struct kprobe_multi_request {
    uint32_t program, target, attach, flags;
    uint32_t multi_flags, count;
    uint64_t symbols, addresses, cookies;
};

// Without cookies: reading the fdinfo of such a link crashes some kernels.
static int link_kprobe_multi(const struct targets *targets, int program)
{
    (void)targets;
    // The kernel calls it only when a program is run for trial.
    static const char *const symbols[] = {"bpf_fentry_test1"};
    struct kprobe_multi_request request = {.program = (uint32_t)program,
                                           .attach = WL_ATTACH_KPROBE_MULTI,
                                           .count = 1,
                                           .symbols = (uintptr_t)symbols};
    union bpf_attr attr = {0};
    memcpy(&attr, &request, sizeof(request));
    return bpf_call(BPF_LINK_CREATE, &attr);
}

static int link_tracepoint(const struct targets *targets, int program)
{
    (void)targets;
    union bpf_attr attr = {0};
    // One that is everywhere and seldom hit.
    attr.raw_tracepoint.name = (uintptr_t)"task_rename";
    attr.raw_tracepoint.prog_fd = (uint32_t)program;
    return bpf_call(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

int link_perf_event(int program)
{
    // Needs no hardware, and never fires as it stays disabled.
    struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE,
                                    .size = sizeof(event),
                                    .config = PERF_COUNT_SW_CPU_CLOCK,
                                    .sample_period = 1000000000,
                                    .disabled = 1};
    int fd = (int)syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return -1;
    struct link_request request = {.program = (uint32_t)program,
                                   .target = (uint32_t)fd,
                                   .attach = WL_ATTACH_PERF_EVENT};
    int link = request_link(&request);
    int error = errno;
    close(fd);
    errno = error;
    return link;
}

static int link_event(const struct targets *targets, int program)
{
    (void)targets;
    return link_perf_event(program);
}

struct link_case {
    const char *type;
    const char *program;
    const char *name;
    int (*create)(const struct targets *targets, int program);
    bool pinned;        // held by its pin alone
    bool keep_program;  // an fd of the program stays open
    unsigned attach;    // see program_shape
};

static const struct link_case cases[] = {
    {"cgroup", "cgroup_skb", "odigos_lk_cgrp", link_cgroup, false, true, 0},
    {"cgroup", "cgroup_skb", "other_lk_pinned", link_cgroup, true, false, 0},
    {"raw_tracepoint", "raw_tracepoint", "trace_lk_raw", link_tracepoint, false, true, 0},
    {"raw_tracepoint", "raw_tracepoint", "trace_lk_only", link_tracepoint, false, false, 0},
    {"netns", "sk_lookup", "other_lk_lookup", link_netns, false, true, 0},
    {"xdp", "xdp", "odigos_lk_xdp", link_xdp, false, true, 0},
    {"perf_event", "perf_event", "uprobe_lk_perf", link_event, false, true, 0},
    {"tcx", "sched_cls", "other_lk_tcx", link_tcx, false, true, 0},
    {"netfilter", "netfilter", "other_lk_nf", link_netfilter, false, false, 0},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static const struct link_case hazard = {
    "kprobe_multi", "kprobe", "trace_lk_multi", link_kprobe_multi, false, true,
    WL_ATTACH_KPROBE_MULTI};

static int record_link(struct share *share, const struct link_case *link, int fd,
                       const struct hold *hold)
{
    struct bpf_link_info info = {0};
    if (bpf_info(fd, &info, sizeof(info)) != 0) {
        complain("no information on a %s link: %s", link->type, errno_name(errno));
        return -1;
    }
    manifest_link(share->out, link->type, &info, hold);
    return 0;
}

static int keep_link(struct share *share, const struct link_case *link, int fd)
{
    struct hold hold = hold_by_fd(share, fd);
    if (!link->pinned)
        return record_link(share, link, fd, &hold);
    char pin[PATH_MAX];
    int result = place_pin(share->places, share->options->prefix, "link", share->process, 0, fd,
                           pin);
    hold = (struct hold){.by = HELD_BY_PIN, .pin = pin};
    if (result == 0)
        result = record_link(share, link, fd, &hold);
    close(fd);
    return result;
}

static int keep_program(struct share *share, const struct link_case *link, int program)
{
    struct hold hold = {.by = HELD_BY_ATTACHMENT, .via = "link"};
    if (link->keep_program)
        hold = hold_by_fd(share, program);
    int result = record_program(share->out, program, link->program, &hold);
    if (!link->keep_program)
        close(program);
    return result;
}

static int create_link(struct share *share, const struct targets *targets,
                       const struct link_case *link)
{
    struct program_shape shape = {.name = link->name, .filler = 1, .attach = link->attach};
    int program = load_program(link->program, &shape);
    int fd = program < 0 ? -1 : link->create(targets, program);
    if (fd < 0) {
        manifest_unsupported(share->out, "link", link->type, errno);
        if (program >= 0)
            close(program);
        return 0;
    }
    int result = keep_link(share, link, fd);
    return keep_program(share, link, program) == 0 ? result : -1;
}

static int open_netns(void)
{
    return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

// Network links get a namespace of their own, unless asked otherwise: no traffic of
// the host passes them, and runs at the same time do not compete for its loopback.
static void find_targets(struct share *share, struct targets *targets)
{
    targets->cgroup = place_cgroup(share->places, share->process, share->cgroups_made++);
    targets->cgroup_error = errno;
    targets->old_netns = -1;
    if (!share->options->host_net) {
        targets->old_netns = open_netns();
        if (unshare(CLONE_NEWNET) != 0) {
            manifest_unsupported(share->out, "namespace", "net", errno);
            close(targets->old_netns);
            targets->old_netns = -1;
        }
    }
    targets->netns = open_netns();
    targets->loopback = if_nametoindex("lo");
}

static int leave_targets(const struct targets *targets)
{
    if (targets->cgroup >= 0)
        close(targets->cgroup);
    if (targets->old_netns < 0) {
        // Nobody else has to hold the present namespace.
        close(targets->netns);
        return 0;
    }
    if (setns(targets->old_netns, CLONE_NEWNET) != 0) {
        complain("cannot return to the network namespace: %s", errno_name(errno));
        return -1;
    }
    close(targets->old_netns);
    return 0;
}

int create_links(struct share *share)
{
    struct targets targets;
    find_targets(share, &targets);
    int result = 0;
    for (size_t i = 0; i < CASES && result == 0; i++)
        if (!cases[i].pinned || share->options->pin_dir)
            result = create_link(share, &targets, &cases[i]);
    if (result == 0 && share->options->kprobe_multi)
        result = create_link(share, &targets, &hazard);
    return leave_targets(&targets) == 0 ? result : -1;
}
