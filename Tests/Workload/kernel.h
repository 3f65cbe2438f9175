// What the workload needs of the kernel: bpf(2) by number, own fdinfo, cgroup2.
#ifndef WL_KERNEL_H
#define WL_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

// Attach types by number: the installed <linux/bpf.h> may be older than the kernel.
enum {
    WL_ATTACH_CGROUP_INGRESS = 0,
    WL_ATTACH_CGROUP_EGRESS = 1,
    WL_ATTACH_SOCK_CREATE = 2,
    WL_ATTACH_SOCK_OPS = 3,
    WL_ATTACH_CGROUP_DEVICE = 6,
    WL_ATTACH_INET4_CONNECT = 10,
    WL_ATTACH_CGROUP_SYSCTL = 18,
    WL_ATTACH_GETSOCKOPT = 21,
    WL_ATTACH_SK_LOOKUP = 36,
    WL_ATTACH_XDP = 37,
    WL_ATTACH_PERF_EVENT = 41,
    WL_ATTACH_KPROBE_MULTI = 42,
    WL_ATTACH_NETFILTER = 45,
    WL_ATTACH_TCX_INGRESS = 46,
};

#define WL_BPF_FS_MAGIC 0xcafe4a11u

enum object_kind { OBJECT_MAP, OBJECT_PROGRAM, OBJECT_LINK, OBJECT_KINDS };

// bpf(2): the result, or -1 with errno.
int bpf_call(int command, union bpf_attr *attr);
// BPF_OBJ_GET_INFO_BY_FD into a zeroed structure of the caller.
int bpf_info(int fd, void *info, size_t size);
// BPF_OBJ_PIN.
int bpf_pin(int fd, const char *path);
// Whether an object with this id still exists; takes no reference to it.
bool bpf_id_exists(enum object_kind kind, unsigned id);

// memlock of an fd of the calling thread, or -1. Maps and programs only: reading
// the fdinfo of some links crashes some kernels.
long long own_memlock(int fd);

// The errno's name, or "errno N".
const char *errno_name(int number);
// Whether the errno means "this kernel does not offer it" rather than "we ran out".
bool means_refused(int number);

// Path of a mounted cgroup2 hierarchy. -1 when there is none.
int find_cgroup2(char *path, size_t size);
// Raises RLIMIT_NOFILE to `files` as far as allowed, and RLIMIT_MEMLOCK (which
// limits map memory before 5.11).
void raise_limits(unsigned long files);
// Closes every fd from `first` on in the calling thread's table.
void close_from(unsigned first);

#endif
