// Processes: pidfds, kcmp, prctl, and calls that may only be tried in a child.
#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

// A handle of a process, or of a single thread (kernel 6.9, before that EINVAL). Kernel 5.3.
int clinux_pidfd_open(int pid, int is_thread);
// Duplicates an fd of another process into ours (close-on-exec is always set). Kernel 5.6.
int clinux_pidfd_getfd(int pidfd, int fd);
// Do two tasks share one fd table? 0: yes, 1 to 3: no.
int clinux_kcmp_files(int a, int b);
// 0 or 1.
int clinux_no_new_privs(void);
// Of the calling thread, for good.
int clinux_set_no_new_privs(void);

// System calls whose reachability matters to us; each is tried with arguments that cannot succeed.
enum clinux_trial {
    CLINUX_TRIAL_BPF = 0,
    CLINUX_TRIAL_PIDFD_OPEN = 1,
    CLINUX_TRIAL_PIDFD_GETFD = 2,
    CLINUX_TRIAL_KCMP = 3,
};

// The errno (positive) that the trial answers; 0 if it should succeed against all reason.
int clinux_try(int trial);
// The same in a child process, for when a seccomp filter may kill the caller.
// A signal that ended the child is answered as its negative number; that no child
// could be made, as CLINUX_TRIAL_IMPOSSIBLE.
static const int CLINUX_TRIAL_IMPOSSIBLE = -1000;
int clinux_try_in_child(int trial);

#endif
