#define _GNU_SOURCE 1
#include "CScene.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAP_CREATE = 0, PROG_LOAD = 5 };
enum { HASH = 1, ARRAY = 2, LRU_HASH = 9 };
enum { NO_PREALLOC = 1 };

struct holder {
    pid_t pid;
    int line;
};

struct scene {
    uint32_t count;
    struct holder holders[];
};

struct order {
    uint32_t maps, programs;
};

static int bpf(int command, void *attr, unsigned size) { return (int)syscall(SYS_bpf, command, attr, size); }

static int make_map(uint32_t number, uint32_t moving_every) {
    static const uint32_t constant[] = {ARRAY, HASH, LRU_HASH};
    struct {
        uint32_t type, key_size, value_size, max_entries, flags, inner_fd, numa_node;
        char name[16];
    } attr = {.type = constant[number % 3], .key_size = 4, .value_size = 8, .max_entries = 4};
    if (moving_every && number % moving_every == 0) {
        attr.type = HASH;
        attr.flags = NO_PREALLOC;
    }
    snprintf(attr.name, sizeof attr.name, "bench_%u", number);
    return bpf(MAP_CREATE, &attr, sizeof attr);
}

static int make_program(uint32_t number) {
    // r0 = 0; exit
    static const uint64_t code[] = {0xb7, 0x95};
    struct {
        uint32_t type, count;
        uint64_t code, license;
        uint32_t log_level, log_size;
        uint64_t log;
        uint32_t version, flags;
        char name[16];
    } attr = {.type = 1, .count = 2, .code = (uint64_t)(uintptr_t)code, .license = (uint64_t)(uintptr_t) "GPL"};
    snprintf(attr.name, sizeof attr.name, "bench_%u", number);
    return bpf(PROG_LOAD, &attr, sizeof attr);
}

// A ring of fds: the oldest is replaced first.
struct ring {
    int *fds;
    uint32_t count, oldest, made;
};

static void fail(int line) {
    int error = errno ? errno : EIO;
    (void)!write(line, &error, sizeof error);
    _exit(1);
}

static void answer(int line) {
    int none = 0;
    if (write(line, &none, sizeof none) != sizeof none)
        _exit(1);
}

static void hold(int line, const struct scene_plan *plan, uint32_t number) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (uint32_t i = 0; i < plan->files; i++)
        if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
            fail(line);
    struct ring rings[2] = {{.count = plan->maps / plan->processes}, {.count = plan->programs / plan->processes}};
    for (int kind = 0; kind < 2; kind++) {
        struct ring *ring = &rings[kind];
        ring->fds = calloc(ring->count + 1, sizeof *ring->fds);
        for (; ring->made < ring->count; ring->made++) {
            uint32_t own = number * ring->count + ring->made;
            int fd = kind == 0 ? make_map(own, plan->moving_every) : make_program(own);
            if (fd < 0)
                fail(line);
            ring->fds[ring->made] = fd;
        }
    }
    answer(line);
    struct order order;
    while (read(line, &order, sizeof order) == sizeof order) {
        uint32_t wanted[2] = {order.maps, order.programs};
        for (int kind = 0; kind < 2; kind++) {
            struct ring *ring = &rings[kind];
            for (uint32_t i = 0; i < wanted[kind] && ring->count > 0; i++) {
                int *place = &ring->fds[ring->oldest];
                ring->oldest = (ring->oldest + 1) % ring->count;
                close(*place);
                *place = kind == 0 ? make_map(ring->made, plan->moving_every) : make_program(ring->made);
                ring->made++;
                if (*place < 0)
                    fail(line);
            }
        }
        answer(line);
    }
    _exit(0);
}

static int outcome(int line) {
    int error = EIO;
    if (read(line, &error, sizeof error) != sizeof error)
        error = EIO;
    errno = error;
    return error ? -1 : 0;
}

void scene_end(struct scene *scene) {
    for (uint32_t i = 0; i < scene->count; i++)
        close(scene->holders[i].line);
    for (uint32_t i = 0; i < scene->count; i++)
        waitpid(scene->holders[i].pid, NULL, 0);
    free(scene);
}

struct scene *scene_start(const struct scene_plan *plan) {
    struct scene *scene = calloc(1, sizeof *scene + plan->processes * sizeof(struct holder));
    if (!scene)
        return NULL;
    for (uint32_t i = 0; i < plan->processes; i++) {
        int ends[2];
        pid_t pid = -1;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0)
            pid = fork();
        if (pid < 0) {
            int error = errno;
            scene_end(scene);
            errno = error;
            return NULL;
        }
        if (pid == 0) {
            // Only its own end: the others' ends would keep them alive.
            for (uint32_t other = 0; other < i; other++)
                close(scene->holders[other].line);
            close(ends[0]);
            hold(ends[1], plan, i);
        }
        close(ends[1]);
        scene->holders[scene->count++] = (struct holder){pid, ends[0]};
    }
    for (uint32_t i = 0; i < scene->count; i++)
        if (outcome(scene->holders[i].line) < 0) {
            int error = errno;
            scene_end(scene);
            errno = error;
            return NULL;
        }
    return scene;
}

int scene_replace(struct scene *scene, uint32_t maps, uint32_t programs) {
    struct order order = {maps / scene->count, programs / scene->count};
    for (uint32_t i = 0; i < scene->count; i++)
        if (write(scene->holders[i].line, &order, sizeof order) != sizeof order)
            return -1;
    for (uint32_t i = 0; i < scene->count; i++)
        if (outcome(scene->holders[i].line) < 0)
            return -1;
    return 0;
}

int run_silently(const char *const argv[]) {
    pid_t pid = fork();
    if (pid < 0)
        return -1;
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    int status;
    if (waitpid(pid, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
