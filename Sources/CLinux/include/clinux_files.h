// Directories and file systems.
#ifndef CLINUX_FILES_H
#define CLINUX_FILES_H

#include <stddef.h>
#include <stdint.h>

enum clinux_open_flag {
    CLINUX_OPEN_READ = 0,
    CLINUX_OPEN_DIRECTORY = 1,
    CLINUX_OPEN_PATH = 2, // O_PATH
    CLINUX_OPEN_NOFOLLOW = 4,
    CLINUX_OPEN_NO_XDEV = 8, // no other mount on the way (EXDEV); kernel 5.6, before that not looked at
};

// File-system magic numbers, as statfs(2) reports them.
static const uint32_t CLINUX_PROC_MAGIC = 0x9fa0;
static const uint32_t CLINUX_SYSFS_MAGIC = 0x62656572;
static const uint32_t CLINUX_BPFFS_MAGIC = 0xcafe4a11;

// Opens for reading, close-on-exec. `flags`: clinux_open_flag, or-ed.
int clinux_openat(int dirfd, const char *path, unsigned flags);
// Opens for reading what is below dirfd, by no symbolic link and no "..", without waiting for a pipe's writer.
// Kernel 5.6; before that (ENOSYS) only the last part of the path is kept from being a link.
int clinux_open_beneath(int dirfd, const char *path);
long clinux_getdents64(int fd, void *buffer, size_t size);
// Once more after EINTR.
long clinux_read(int fd, void *buffer, size_t size);
// From the beginning of the file, without moving its offset.
long clinux_pread(int fd, void *buffer, size_t size);
long clinux_readlinkat(int dirfd, const char *path, char *buffer, size_t size);
// A file without a name, in memory, close-on-exec.
int clinux_memory_file(void);
// From the beginning of the file, without moving its offset.
long clinux_pwrite(int fd, const void *bytes, size_t size);
// The file system's magic number.
int64_t clinux_fs_magic(int fd);
// "EPERM", or NULL for a number without a name.
const char *clinux_errno_name(int code);

#endif
