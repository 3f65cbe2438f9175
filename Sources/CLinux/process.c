#define _GNU_SOURCE 1
#include "clinux_process.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

int clinux_pidfd_open(int pid, int is_thread) {
    const unsigned pidfd_thread = 0200; // O_EXCL
    long fd = syscall(SYS_pidfd_open, pid, is_thread ? pidfd_thread : 0u);
    return fd < 0 ? -errno : (int)fd;
}

int clinux_pidfd_getfd(int pidfd, int fd) {
    long copy = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    return copy < 0 ? -errno : (int)copy;
}

int clinux_kcmp_files(int a, int b) {
    const int kcmp_files = 2;
    long order = syscall(SYS_kcmp, a, b, kcmp_files, 0, 0);
    return order < 0 ? -errno : (int)order;
}

int clinux_no_new_privs(void) {
    int set = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    return set < 0 ? -errno : set;
}

int clinux_set_no_new_privs(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int clinux_try(int trial) {
    long result = 0;
    char attr[8] = {0};
    switch (trial) {
    case CLINUX_TRIAL_BPF:
        // An unknown command: EINVAL when bpf(2) is reachable. Below bit 16, which is a flag since
        // kernel 7.2; what that would have the kernel look for in the other arguments is not there.
        result = syscall(SYS_bpf, 0x7fff, attr, sizeof attr, 0, 0);
        break;
    case CLINUX_TRIAL_PIDFD_OPEN:
        result = syscall(SYS_pidfd_open, -1, 0);
        break;
    case CLINUX_TRIAL_PIDFD_GETFD:
        result = syscall(SYS_pidfd_getfd, -1, -1, 0);
        break;
    case CLINUX_TRIAL_KCMP:
        result = syscall(SYS_kcmp, getpid(), getpid(), 0x7fff, 0, 0);
        break;
    }
    return result < 0 ? errno : 0;
}

int clinux_try_in_child(int trial) {
    // A child without an exit signal: no SIGCHLD for the host application, and none that it could ignore.
    long child = syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (child < 0)
        return CLINUX_TRIAL_IMPOSSIBLE;
    if (child == 0) {
        // No core file for a child that was made to be killed.
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        _exit(clinux_try(trial) & 0xff);
    }
    int status = 0;
    while (waitpid((pid_t)child, &status, __WALL) < 0)
        if (errno != EINTR)
            return CLINUX_TRIAL_IMPOSSIBLE;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}
