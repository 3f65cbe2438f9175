#define _GNU_SOURCE
#include "shares.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"

struct hold hold_by_fd(const struct share *share, int fd)
{
    return (struct hold){.by = share->tid ? HELD_BY_THREAD : HELD_BY_FD,
                         .pid = share->pid,
                         .tid = share->tid,
                         .fd = fd};
}

// Sharing out

static enum held_by kind_of(const struct options *options, unsigned number)
{
    // Each kind early on, so that small numbers have them all; then 70 % by fd.
    switch (number % 10) {
    case 1:
        return options->pin_dir ? HELD_BY_PIN : HELD_BY_FD;
    case 2:
        return options->attach ? HELD_BY_ATTACHMENT : HELD_BY_FD;
    case 3:
        return options->thread ? HELD_BY_THREAD : HELD_BY_FD;
    default:
        return HELD_BY_FD;
    }
}

// The part of `total` that comes before process `process` of `processes`.
static unsigned before(unsigned total, unsigned process, unsigned processes)
{
    return (unsigned)((unsigned long long)total * process / processes);
}

static void count_kinds(const struct options *options, unsigned first, unsigned end,
                        unsigned by[HELD_BY_KINDS])
{
    for (unsigned i = first; i < end; i++)
        by[kind_of(options, i)]++;
}

void plan_share(const struct options *options, unsigned maps, unsigned processes,
                struct share *share)
{
    share->next_map = before(maps, share->process, processes);
    share->next_program = before(options->programs, share->process, processes);
    count_kinds(options, share->next_map, before(maps, share->process + 1, processes),
                share->maps_by);
    count_kinds(options, share->next_program,
                before(options->programs, share->process + 1, processes), share->programs_by);
    // Maps that only programs hold need programs with room for them.
    unsigned programs = share->programs_by[HELD_BY_FD] + share->programs_by[HELD_BY_PIN] +
                        share->programs_by[HELD_BY_ATTACHMENT];
    unsigned room = programs * MAX_REFERENCES;
    if (share->maps_by[HELD_BY_ATTACHMENT] > room) {
        share->maps_by[HELD_BY_FD] += share->maps_by[HELD_BY_ATTACHMENT] - room;
        share->maps_by[HELD_BY_ATTACHMENT] = room;
    }
}

// The holder with its own fd table

// Moves what the thread shall hold, from the end of each range, to the thread.
static void split_off(struct share *share, struct share *part)
{
    *part = *share;
    memset(part->maps_by, 0, sizeof(part->maps_by));
    memset(part->programs_by, 0, sizeof(part->programs_by));
    part->maps_by[HELD_BY_THREAD] = share->maps_by[HELD_BY_THREAD];
    part->programs_by[HELD_BY_THREAD] = share->programs_by[HELD_BY_THREAD];
    share->maps_by[HELD_BY_THREAD] = share->programs_by[HELD_BY_THREAD] = 0;
    for (int by = 0; by < HELD_BY_THREAD; by++) {
        part->next_map += share->maps_by[by];
        part->next_program += share->programs_by[by];
    }
}

static int create_in_thread(struct thread_holder *holder)
{
    if (unshare(CLONE_FILES) != 0) {
        complain("cannot have an fd table in a thread: %s", errno_name(errno));
        return -1;
    }
    close_from(STDERR_FILENO + 1);
    holder->share.tid = (pid_t)syscall(SYS_gettid);
    if (create_maps(&holder->share) != 0)
        return -1;
    return create_programs(&holder->share);
}

static void *run_thread(void *argument)
{
    struct thread_holder *holder = argument;
    holder->result = create_in_thread(holder);
    sem_post(&holder->created);
    while (sem_wait(&holder->release) != 0)
        ;
    return NULL;
}

static int start_thread(struct share *share, struct thread_holder *holder)
{
    *holder = (struct thread_holder){0};
    split_off(share, &holder->share);
    if (!holder->share.maps_by[HELD_BY_THREAD] && !holder->share.programs_by[HELD_BY_THREAD])
        return 0;
    sem_init(&holder->created, 0, 0);
    sem_init(&holder->release, 0, 0);
    holder->share.out = open_memstream(&holder->text, &holder->length);
    if (!holder->share.out ||
        pthread_create(&holder->thread, NULL, run_thread, holder) != 0) {
        complain("cannot start a thread");
        return -1;
    }
    holder->started = true;
    while (sem_wait(&holder->created) != 0)
        ;
    fclose(holder->share.out);
    fputs(holder->text, share->out);
    return holder->result;
}

void end_thread(struct thread_holder *holder)
{
    if (!holder->started)
        return;
    sem_post(&holder->release);
    pthread_join(holder->thread, NULL);
    free(holder->text);
    free(holder->share.maps);
}

// A process's share. The thread comes first, before there are fds that its table
// would start with copies of.
int create_share(struct share *share, struct thread_holder *holder)
{
    if (start_thread(share, holder) != 0 || create_maps(share) != 0 ||
        create_programs(share) != 0)
        return -1;
    if (share->options->links && share->process == 0 && create_links(share) != 0)
        return -1;
    release_unheld(share);
    return 0;
}

struct share new_share(const struct options *options, const struct places *places,
                       unsigned process)
{
    return (struct share){.options = options,
                          .places = places,
                          .pid = getpid(),
                          .process = process,
                          .cgroup = -1};
}
