#define _GNU_SOURCE 1
#include "clinux_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// openat2(2), which old headers do not have.
static int open_without_crossing(int dirfd, const char *path, int flags) {
    const long sys_openat2 = 437;
    const uint64_t resolve_no_xdev = 1;
    uint64_t how[3] = {(uint64_t)flags, 0, resolve_no_xdev};
    return (int)syscall(sys_openat2, dirfd, path, how, sizeof how);
}

int clinux_openat(int dirfd, const char *path, unsigned flags) {
    int os_flags = O_RDONLY | O_CLOEXEC;
    if (flags & CLINUX_OPEN_DIRECTORY)
        os_flags |= O_DIRECTORY;
    if (flags & CLINUX_OPEN_PATH)
        os_flags |= O_PATH;
    if (flags & CLINUX_OPEN_NOFOLLOW)
        os_flags |= O_NOFOLLOW;
    if (flags & CLINUX_OPEN_NO_XDEV) {
        int fd = open_without_crossing(dirfd, path, os_flags);
        // An old kernel, or a seccomp filter that does not know the call.
        if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
            return fd < 0 ? -errno : fd;
    }
    int fd = openat(dirfd, path, os_flags);
    return fd < 0 ? -errno : fd;
}

int clinux_open_beneath(int dirfd, const char *path) {
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
    const long sys_openat2 = 437;
    const uint64_t resolve_no_symlinks = 4, resolve_beneath = 8;
    uint64_t how[3] = {(uint64_t)flags, 0, resolve_no_symlinks | resolve_beneath};
    int fd = (int)syscall(sys_openat2, dirfd, path, how, sizeof how);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = openat(dirfd, path, flags);
    return fd < 0 ? -errno : fd;
}

long clinux_getdents64(int fd, void *buffer, size_t size) {
    long n = syscall(SYS_getdents64, fd, buffer, size);
    return n < 0 ? -errno : n;
}

long clinux_read(int fd, void *buffer, size_t size) {
    long n;
    do {
        n = read(fd, buffer, size);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

long clinux_pread(int fd, void *buffer, size_t size) {
    long n;
    do {
        n = pread(fd, buffer, size, 0);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

long clinux_readlinkat(int dirfd, const char *path, char *buffer, size_t size) {
    long n = readlinkat(dirfd, path, buffer, size);
    return n < 0 ? -errno : n;
}

int clinux_memory_file(void) {
    int fd = memfd_create("ebpf-metrics", MFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

long clinux_pwrite(int fd, const void *bytes, size_t size) {
    size_t done = 0;
    while (done < size) {
        long n = pwrite(fd, (const char *)bytes + done, size - done, (off_t)done);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            done += (size_t)n;
    }
    return (long)done;
}

int64_t clinux_fs_magic(int fd) {
    struct statfs fs;
    // The magic is an unsigned 32-bit number; f_type is a signed long.
    return fstatfs(fd, &fs) == 0 ? (int64_t)(uint32_t)fs.f_type : -errno;
}

const char *clinux_errno_name(int code) {
    return strerrorname_np(code);
}
