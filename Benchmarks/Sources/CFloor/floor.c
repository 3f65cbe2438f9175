#define _GNU_SOURCE 1
#include "CFloor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OBJ_GET_INFO_BY_FD = 15 };

struct dirent64_record {
    uint64_t ino;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

static uint64_t memlock_in(const char *text) {
    const char *at = strstr(text, "\nmemlock:\t");
    return at ? strtoull(at + 10, NULL, 10) : 0;
}

// Reads a text and closes; the length, or -1.
static long read_text(int dir, const char *name, char *text, size_t size) {
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    long n = read(fd, text, size - 1);
    close(fd);
    text[n < 0 ? 0 : n] = 0;
    return n;
}

struct kind {
    int next_id, fd_by_id;
    unsigned info_size;
    int has_text;
};

static uint64_t walk(const struct kind *kind, int own, struct floor_result *result) {
    static uint32_t map_ids[128];
    static char text[4096];
    char name[16];
    uint64_t count = 0;
    uint32_t id = 0;
    for (;;) {
        struct {
            uint32_t start, next, flags;
        } next = {.start = id};
        if (syscall(SYS_bpf, kind->next_id, &next, sizeof next) < 0) {
            if (errno != ENOENT)
                result->error = errno;
            return count;
        }
        id = next.next;
        struct {
            uint32_t id, next, flags;
        } by_id = {.id = id};
        long fd = syscall(SYS_bpf, kind->fd_by_id, &by_id, sizeof by_id);
        if (fd < 0)
            continue;
        uint64_t info[32] = {0};
        if (kind->info_size == 232) {
            ((uint32_t *)info)[13] = 128;                // nr_map_ids
            info[7] = (uint64_t)(uintptr_t)map_ids;      // map_ids
        }
        struct {
            uint32_t fd, length;
            uint64_t info;
        } ask = {.fd = (uint32_t)fd, .length = kind->info_size, .info = (uint64_t)(uintptr_t)info};
        syscall(SYS_bpf, OBJ_GET_INFO_BY_FD, &ask, sizeof ask);
        if (kind->has_text) {
            snprintf(name, sizeof name, "%ld", fd);
            if (read_text(own, name, text, sizeof text) > 0)
                result->memory += memlock_in(text);
        }
        close((int)fd);
        count++;
    }
}

struct floor_result floor_id_walk(void) {
    static const struct kind programs = {11, 13, 232, 1}, maps = {12, 14, 88, 1}, links = {31, 30, 64, 0};
    struct floor_result result = {0};
    int own = open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    result.programs = walk(&programs, own, &result);
    result.maps = walk(&maps, own, &result);
    result.links = walk(&links, own, &result);
    close(own);
    return result;
}

static int is_bpf(const char *target, long length) {
    return (length == 18 && memcmp(target, "anon_inode:bpf-map", 18) == 0) ||
           (length == 19 && (memcmp(target, "anon_inode:bpf-prog", 19) == 0 ||
                             memcmp(target, "anon_inode:bpf_link", 19) == 0 ||
                             memcmp(target, "anon_inode:bpf-link", 19) == 0));
}

static void scan_process(int proc, const char *pid, struct floor_result *result) {
    static char listing[32768], text[4096];
    char path[64], target[24];
    struct stat status;
    snprintf(path, sizeof path, "%s/fd", pid);
    int links = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (links < 0)
        return;
    int texts = -1;
    long filled;
    while ((filled = syscall(SYS_getdents64, links, listing, sizeof listing)) > 0) {
        for (long at = 0; at < filled;) {
            struct dirent64_record *entry = (void *)(listing + at);
            at += entry->length;
            if (entry->name[0] == '.')
                continue;
            long length = readlinkat(links, entry->name, target, sizeof target);
            if (!is_bpf(target, length))
                continue;
            if (texts < 0) {
                snprintf(path, sizeof path, "%s/fdinfo", pid);
                texts = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            }
            if (read_text(texts, entry->name, text, sizeof text) <= 0)
                continue;
            result->memory += memlock_in(text);
            if (length == 18)
                result->maps++;
            else if (target[14] == '-' && target[15] == 'p')
                result->programs++;
            else
                result->links++;
        }
    }
    close(links);
    if (texts >= 0)
        close(texts);
    snprintf(path, sizeof path, "%s/task", pid);
    fstatat(proc, path, &status, 0);
}

struct floor_result floor_procfs_scan(void) {
    static char listing[65536];
    struct floor_result result = {0};
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long filled;
    while ((filled = syscall(SYS_getdents64, proc, listing, sizeof listing)) > 0) {
        for (long at = 0; at < filled;) {
            struct dirent64_record *entry = (void *)(listing + at);
            at += entry->length;
            if (entry->name[0] >= '0' && entry->name[0] <= '9')
                scan_process(proc, entry->name, &result);
        }
    }
    close(proc);
    return result;
}
