#define _GNU_SOURCE
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD_ATTEMPTS 10

int bpf_call(int command, union bpf_attr *attr)
{
    // The verifier answers EAGAIN when it is interrupted.
    for (int attempt = 1;; attempt++) {
        long result = syscall(SYS_bpf, command, attr, sizeof(*attr));
        if (result >= 0 || errno != EAGAIN || attempt == LOAD_ATTEMPTS)
            return (int)result;
    }
}

int bpf_info(int fd, void *info, size_t size)
{
    union bpf_attr attr = {0};
    attr.info.bpf_fd = (uint32_t)fd;
    attr.info.info_len = (uint32_t)size;
    attr.info.info = (uintptr_t)info;
    return bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

int bpf_pin(int fd, const char *path)
{
    union bpf_attr attr = {0};
    attr.pathname = (uintptr_t)path;
    attr.bpf_fd = (uint32_t)fd;
    return bpf_call(BPF_OBJ_PIN, &attr);
}

bool bpf_id_exists(enum object_kind kind, unsigned id)
{
    static const int commands[OBJECT_KINDS] = {
        [OBJECT_MAP] = BPF_MAP_GET_NEXT_ID,
        [OBJECT_PROGRAM] = BPF_PROG_GET_NEXT_ID,
        [OBJECT_LINK] = BPF_LINK_GET_NEXT_ID,
    };
    // Opening it by id would keep it alive, so ask who follows its predecessor.
    union bpf_attr attr = {0};
    attr.start_id = id - 1;
    return bpf_call(commands[kind], &attr) == 0 && attr.next_id == id;
}

long long own_memlock(int fd)
{
    // thread-self, not self: a thread may have a table of its own.
    char path[64], text[4096];
    snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    ssize_t length = read(file, text, sizeof(text) - 1);
    close(file);
    if (length <= 0)
        return -1;
    text[length] = '\0';
    const char *key = "\nmemlock:";
    const char *found = strstr(text, key);
    return found ? strtoll(found + strlen(key), NULL, 10) : -1;
}

const char *errno_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {EPERM, "EPERM"},   {ENOENT, "ENOENT"}, {E2BIG, "E2BIG"},   {EBADF, "EBADF"},
        {EAGAIN, "EAGAIN"}, {ENOMEM, "ENOMEM"}, {EACCES, "EACCES"}, {EBUSY, "EBUSY"},
        {EEXIST, "EEXIST"}, {ENODEV, "ENODEV"}, {ENOTDIR, "ENOTDIR"}, {EINVAL, "EINVAL"},
        {ENFILE, "ENFILE"}, {EMFILE, "EMFILE"}, {ENOSPC, "ENOSPC"}, {EROFS, "EROFS"},
        {ENOSYS, "ENOSYS"}, {ENAMETOOLONG, "ENAMETOOLONG"}, {EOPNOTSUPP, "EOPNOTSUPP"},
        {EAFNOSUPPORT, "EAFNOSUPPORT"}, {524, "ENOTSUPP"},
    };
    static _Thread_local char other[24];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].number == number)
            return names[i].name;
    snprintf(other, sizeof(other), "errno %d", number);
    return other;
}

bool means_refused(int number)
{
    return number != ENOMEM && number != EMFILE && number != ENFILE && number != EAGAIN;
}

// mountinfo writes blanks, tabs, newlines and backslashes as \ooo.
static void decode_octal(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && from[1] && from[2] && from[3]) {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

// The mount point in a mountinfo line of type cgroup2, cut out of the line.
static char *cgroup2_mount_point(char *line)
{
    char *type = strstr(line, " - ");
    if (!type || strncmp(type + 3, "cgroup2 ", 8) != 0)
        return NULL;
    char *field = line;
    for (int i = 0; i < 4; i++) {
        field = strchr(field, ' ');
        if (!field)
            return NULL;
        field++;
    }
    field[strcspn(field, " ")] = '\0';
    decode_octal(field);
    return field;
}

int find_cgroup2(char *path, size_t size)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    if (!file)
        return -1;
    char *line = NULL, *found = NULL;
    size_t capacity = 0;
    while (!found && getline(&line, &capacity, file) > 0)
        found = cgroup2_mount_point(line);
    if (found)
        snprintf(path, size, "%s", found);
    free(line);
    fclose(file);
    if (!found)
        errno = ENODEV;
    return found ? 0 : -1;
}

void raise_limits(unsigned long files)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < files) {
        struct rlimit wanted = {files, limit.rlim_max < files ? files : limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &wanted) != 0) {
            limit.rlim_cur = limit.rlim_max;
            setrlimit(RLIMIT_NOFILE, &limit);
        }
    }
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_MEMLOCK, &all);
}

void close_from(unsigned first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
#endif
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    for (rlim_t fd = first; fd < limit.rlim_cur; fd++)
        close((int)fd);
}
