#define _GNU_SOURCE
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel.h"
#include "share.h"

#define MAX_ANCESTORS 64

// Parents of the pin directory that were missing, outermost first.
static char *made[MAX_ANCESTORS];
static size_t made_count;

static int join(char to[PATH_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(to, PATH_MAX, format, arguments);
    va_end(arguments);
    if (length < PATH_MAX)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

static int make_missing(const char *path)
{
    if (mkdir(path, 0755) != 0)
        return errno == EEXIST ? 0 : -1;
    if (made_count < MAX_ANCESTORS)
        made[made_count++] = strdup(path);
    return 0;
}

// mkdir -p, remembering what was made.
static int make_all(const char *path)
{
    char copy[PATH_MAX];
    if (join(copy, "%s", path) != 0)
        return -1;
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (make_missing(copy) != 0)
            return -1;
        *slash = '/';
    }
    return make_missing(copy);
}

// Asked of the nearest existing directory, so that nothing is made elsewhere.
static bool is_in_bpffs(const char *path)
{
    char copy[PATH_MAX];
    struct statfs status;
    if (join(copy, "%s", path) != 0)
        return false;
    while (statfs(copy, &status) != 0) {
        char *slash = strrchr(copy, '/');
        if (errno != ENOENT || !slash || slash == copy)
            return false;
        *slash = '\0';
    }
    return (unsigned)status.f_type == WL_BPF_FS_MAGIC;
}

static int make_pins(const struct options *options, char path[PATH_MAX])
{
    if (!is_in_bpffs(options->pin_dir)) {
        complain("--pin-dir %s is not in a bpf file system", options->pin_dir);
        return -1;
    }
    char top[PATH_MAX];
    if (make_all(options->pin_dir) == 0 &&
        join(top, "%s/%s-%d", options->pin_dir, options->prefix, getpid()) == 0 &&
        mkdir(top, 0755) == 0) {
        memcpy(path, top, sizeof(top));
        return 0;
    }
    complain("cannot make a directory in %s: %s", options->pin_dir, errno_name(errno));
    return -1;
}

static int make_cgroups(const struct options *options, char path[PATH_MAX])
{
    char base[PATH_MAX], top[PATH_MAX];
    if (options->cgroup_dir) {
        if (join(base, "%s", options->cgroup_dir) != 0)
            return -1;
    } else if (find_cgroup2(base, sizeof(base)) != 0) {
        return -1;
    }
    if (join(top, "%s/%s-%d", base, options->prefix, getpid()) != 0 || mkdir(top, 0755) != 0)
        return -1;
    memcpy(path, top, sizeof(top));
    return 0;
}

int places_make(const struct options *options, struct places *places)
{
    *places = (struct places){0};
    umask(022);
    if ((options->attach || options->links) && make_cgroups(options, places->cgroups) != 0)
        places->cgroup_error = errno;
    return options->pin_dir ? make_pins(options, places->pins) : 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)where;
    if (type == FTW_DP || type == FTW_D || type == FTW_DNR)
        rmdir(path);
    else
        unlink(path);
    return 0;
}

static int remove_directory(const char *path, const struct stat *status, int type,
                            struct FTW *where)
{
    (void)status;
    (void)where;
    // Files in a cgroup come and go with it.
    if (type == FTW_DP)
        rmdir(path);
    return 0;
}

void places_remove(const struct places *places)
{
    if (places->pins[0])
        nftw(places->pins, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (places->cgroups[0])
        nftw(places->cgroups, remove_directory, 16, FTW_DEPTH | FTW_PHYS);
    // Fails, rightly, while somebody else uses them.
    while (made_count > 0)
        rmdir(made[--made_count]);
}

static int make_nested(const char *top, unsigned process, const char *what, unsigned number,
                       char path[PATH_MAX])
{
    static const char *const levels[] = {"deep", "deeper", "deepest"};
    if (join(path, "%s/p%u", top, process) != 0 || (mkdir(path, 0755) != 0 && errno != EEXIST))
        return -1;
    size_t length = strlen(path);
    for (unsigned depth = 0; depth <= number % 4; depth++) {
        length += (size_t)snprintf(path + length, PATH_MAX - length, "/%s",
                                   depth == 0 ? what : levels[depth - 1]);
        if (length >= PATH_MAX)
            return errno = ENAMETOOLONG, -1;
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return -1;
    }
    return 0;
}

int place_pin(const struct places *places, const char *prefix, const char *what, unsigned process,
              unsigned number, int fd, char path[PATH_MAX])
{
    char directory[PATH_MAX];
    if (make_nested(places->pins, process, what, number, directory) == 0 &&
        join(path, "%s/%s_%s_%u", directory, prefix, what, number) == 0 &&
        bpf_pin(fd, path) == 0 && chmod(path, number % 2 ? 0644 : 0600) == 0)
        return 0;
    complain("cannot pin a %s in %s: %s", what, places->pins, errno_name(errno));
    return -1;
}

int place_cgroup(const struct places *places, unsigned process, unsigned number)
{
    char path[PATH_MAX];
    if (!places->cgroups[0]) {
        errno = places->cgroup_error;
        return -1;
    }
    if (join(path, "%s/p%u-%u", places->cgroups, process, number) != 0 || mkdir(path, 0755) != 0)
        return -1;
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
