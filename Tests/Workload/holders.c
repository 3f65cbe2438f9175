#define _GNU_SOURCE
#include "holders.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "functions.h"
#include "grow.h"
#include "hostile.h"
#include "kernel.h"
#include "places.h"
#include "shares.h"
#include "stop.h"

#define DESTRUCTION_MS 10000

// The last line a child sends; not part of the manifest.
static const char done[] = "{\"kind\":\"done\"}\n";

// Held by this process

// Locks of alternating kinds, so that the kernel cannot join them. Last of all: closing
// any other anonymous inode of this process would drop them.
static void lock_many(int fd)
{
    for (int i = 0; i < 500; i++) {
        struct flock lock = {
            .l_type = i % 2 ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET, .l_start = i, .l_len = 1};
        if (fcntl(fd, F_SETLK, &lock) < 0) {
            complain("lock %d: %s", i, strerror(errno));
            return;
        }
    }
}

// A map that grows and a program that uses it, whose name nobody else's has: so that a
// filter can tell them from all others.
static int create_growing(const struct share *share, struct map *growing)
{
    if (create_growing_map(growing) != 0)
        return -1;
    struct hold hold = hold_by_fd(share, growing->fd);
    if (record_map(share->out, growing, &hold) != 0)
        return -1;
    char name[BPF_OBJ_NAME_LEN];
    snprintf(name, sizeof(name), "wlg_%d", share->pid);
    struct program_shape shape = {.name = name, .maps = {growing->fd}, .map_count = 1};
    int program = load_program("socket_filter", &shape);
    if (program < 0) {
        complain("cannot load the growing map's program: %s", errno_name(errno));
        return -1;
    }
    hold = hold_by_fd(share, program);
    return record_program(share->out, program, "socket_filter", &hold);
}

// What only a process without children makes.
static int create_extras(const struct share *share, struct map *growing)
{
    if (share->options->hostile && create_hostile(share) != 0)
        return -1;
    if (share->options->functions && create_functions(share) != 0)
        return -1;
    return share->options->grow ? create_growing(share, growing) : 0;
}

static int hold_alone(const struct options *options, const struct places *places, int signals)
{
    char *text = NULL;
    size_t length = 0;
    struct thread_holder holder;
    struct map growing;
    struct share share = new_share(options, places, 0);
    plan_share(options, options->maps, 1, &share);
    share.out = open_memstream(&text, &length);
    if (!share.out)
        return 1;
    int result = create_share(&share, &holder);
    if (result == 0)
        result = create_extras(&share, &growing);
    fclose(share.out);
    manifest_print(text);
    if (result == 0) {
        if (options->locks && share.map_count > 0)
            lock_many(share.maps[0].fd);
        manifest_ready();
        if (options->grow)
            result = grow_on_input(&growing, options->grow, signals);
        else
            stop_wanted(STDIN_FILENO, signals, -1);
    }
    end_thread(&holder);
    close_from(STDERR_FILENO + 1);
    free(share.maps);
    free(text);
    return result == 0 ? 0 : 1;
}

// Held by children

struct child {
    pid_t pid;
    int reports;  // its manifest, then the end
};

static int drop_privileges(unsigned uid)
{
    if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0) {
        complain("cannot become uid %u: %s", uid, errno_name(errno));
        return -1;
    }
    // Leaving uid 0 takes them, unless securebits say otherwise.
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}, {0}};
    if (syscall(SYS_capset, &header, none) != 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) {
        complain("cannot drop capabilities: %s", errno_name(errno));
        return -1;
    }
    return 0;
}

static int send_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = write(fd, text, length);
        if (sent < 0)
            return -1;
        text += sent;
        length -= (size_t)sent;
    }
    return 0;
}

// Never returns. `control` ends when the parent does.
static void run_child(struct share *share, unsigned maps, int reports, int control)
{
    char *text = NULL;
    size_t length = 0;
    struct thread_holder holder;
    int signals = stop_signals();
    share->pid = getpid();
    share->out = open_memstream(&text, &length);
    plan_share(share->options, maps, share->options->processes, share);
    if (!share->out || create_share(share, &holder) != 0)
        _exit(1);
    if (share->options->uid && drop_privileges(share->options->uid) != 0)
        _exit(1);
    fputs(done, share->out);
    fclose(share->out);
    if (send_all(reports, text, length) != 0)
        _exit(1);
    close(reports);
    stop_wanted(control, signals, -1);
    _exit(0);
}

struct family {
    struct child *children;
    unsigned count;
    int control[2];
    struct map shared;  // fd -1: none
};

static int start_child(struct family *family, struct share *share, unsigned maps)
{
    int reports[2];
    if (pipe2(reports, O_CLOEXEC) != 0) {
        complain("cannot make a pipe: %s", errno_name(errno));
        return -1;
    }
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(reports[0]);
        close(family->control[1]);
        for (unsigned i = 0; i < family->count; i++)
            close(family->children[i].reports);
        // All but the first child keep their copy.
        if (family->shared.fd >= 0 && share->process == 0)
            close(family->shared.fd);
        run_child(share, maps, reports[1], family->control[0]);
    }
    close(reports[1]);
    if (pid < 0) {
        complain("cannot fork: %s", errno_name(errno));
        close(reports[0]);
        return -1;
    }
    family->children[family->count++] = (struct child){.pid = pid, .reports = reports[0]};
    return 0;
}

static int start_children(struct family *family, const struct options *options,
                          const struct places *places)
{
    unsigned maps = options->maps;
    family->shared.fd = -1;
    if (maps > 0 && options->processes > 1) {
        if (create_shared_map(&family->shared) != 0)
            return -1;
        maps--;
    }
    for (unsigned i = 0; i < options->processes; i++) {
        struct share share = new_share(options, places, i);
        if (start_child(family, &share, maps) != 0)
            return -1;
    }
    return 0;
}

static int print_shared(const struct family *family)
{
    char *text = NULL;
    size_t length = 0;
    pid_t holders[1 + family->count];
    if (family->shared.fd < 0)
        return 0;
    holders[0] = getpid();
    for (unsigned i = 1; i < family->count; i++)
        holders[i] = family->children[i].pid;
    struct hold hold = {.by = HELD_BY_FD,
                        .pid = getpid(),
                        .fd = family->shared.fd,
                        .holders = holders,
                        .holder_count = family->count};
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return -1;
    int result = record_map(out, &family->shared, &hold);
    fclose(out);
    manifest_print(text);
    free(text);
    return result;
}

// All that a child has to say, or as much as it said before it died.
static char *read_reports(int fd)
{
    size_t length = 0, capacity = 1 << 16;
    char *text = malloc(capacity + 1);
    while (text) {
        ssize_t received = read(fd, text + length, capacity - length);
        if (received < 0 && errno == EINTR)
            continue;
        if (received <= 0)
            break;
        length += (size_t)received;
        if (length == capacity) {
            capacity *= 2;
            char *larger = realloc(text, capacity + 1);
            if (!larger)
                free(text);
            text = larger;
        }
    }
    if (text)
        text[length] = '\0';
    return text;
}

static int print_reports(struct family *family)
{
    int result = 0;
    for (unsigned i = 0; i < family->count; i++) {
        char *text = read_reports(family->children[i].reports);
        size_t length = text ? strlen(text) : 0;
        size_t end = strlen(done);
        bool complete = length >= end && strcmp(text + length - end, done) == 0;
        if (complete) {
            text[length - end] = '\0';
            manifest_print(text);
        } else {
            complain("child %d died before it was ready", family->children[i].pid);
            result = -1;
        }
        free(text);
    }
    return result;
}

static void end_children(struct family *family)
{
    close(family->control[1]);
    close(family->control[0]);
    // A child may be stuck in a report that nobody reads.
    for (unsigned i = 0; i < family->count; i++)
        close(family->children[i].reports);
    for (unsigned i = 0; i < family->count; i++)
        while (waitpid(family->children[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
    if (family->shared.fd >= 0)
        close(family->shared.fd);
}

static int hold_in_children(const struct options *options, const struct places *places,
                            int signals)
{
    struct family family = {0};
    family.children = calloc(options->processes, sizeof(*family.children));
    if (!family.children || pipe2(family.control, O_CLOEXEC) != 0) {
        complain("cannot start children: %s", errno_name(errno));
        return 1;
    }
    int result = start_children(&family, options, places);
    if (result == 0)
        result = print_shared(&family) | print_reports(&family);
    if (result == 0) {
        manifest_ready();
        stop_wanted(STDIN_FILENO, signals, -1);
    }
    end_children(&family);
    free(family.children);
    return result == 0 ? 0 : 1;
}

int hold_objects(const struct options *options)
{
    struct places places;
    int signals = stop_signals();
    signal(SIGPIPE, SIG_IGN);
    raise_limits((unsigned long)options->maps + options->programs + 2048);
    int result = 1;
    if (places_make(options, &places) == 0)
        result = options->processes ? hold_in_children(options, &places, signals)
                                    : hold_alone(options, &places, signals);
    places_remove(&places);
    unsigned left = manifest_await_destruction(DESTRUCTION_MS);
    if (left)
        complain("%u objects live on: somebody else holds them", left);
    return ferror(stdout) ? 1 : result;
}
