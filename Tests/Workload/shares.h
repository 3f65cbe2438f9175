// Who creates how much, and the creating.
#ifndef WL_SHARES_H
#define WL_SHARES_H

#include <pthread.h>
#include <semaphore.h>

#include "share.h"

// A thread with an fd table of its own, and what it holds.
struct thread_holder {
    struct share share;
    pthread_t thread;
    sem_t created, release;
    char *text;
    size_t length;
    int result;
    bool started;
};

// For the calling process.
struct share new_share(const struct options *options, const struct places *places,
                       unsigned process);
// Its part of `maps` and of the programs.
void plan_share(const struct options *options, unsigned maps, unsigned processes,
                struct share *share);
// -1 with a message. Then, too, the thread wants to be ended.
int create_share(struct share *share, struct thread_holder *holder);
void end_thread(struct thread_holder *holder);

#endif
