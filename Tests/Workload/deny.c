#define _GNU_SOURCE
#include "deny.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"
#include "share.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define NATIVE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NATIVE AUDIT_ARCH_PPC64LE
#elif defined(__arm__)
#define NATIVE AUDIT_ARCH_ARM
#elif defined(__i386__)
#define NATIVE AUDIT_ARCH_I386
#endif

static unsigned answer(const char *name)
{
    if (strcmp(name, "EPERM") == 0)
        return SECCOMP_RET_ERRNO | EPERM;
    if (strcmp(name, "ENOSYS") == 0)
        return SECCOMP_RET_ERRNO | ENOSYS;
    return SECCOMP_RET_KILL_PROCESS;
}

static int install(unsigned verdict)
{
    struct sock_filter filter[] = {
#ifdef NATIVE
        // Elsewhere the number of bpf(2) is another.
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 0, 3),
#endif
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, verdict),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int deny_bpf(const struct options *options)
{
    unsigned verdict = answer(options->deny_bpf);
    int result = install(verdict);
    // Only without CAP_SYS_ADMIN: it would take file capabilities from the command.
    if (result != 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        result = install(verdict);
    if (result != 0) {
        complain("cannot install a seccomp filter: %s", errno_name(errno));
        return 1;
    }
    execvp(options->command[0], options->command);
    int error = errno;
    complain("cannot run %s: %s", options->command[0], errno_name(error));
    return error == ENOENT ? 127 : 126;
}
