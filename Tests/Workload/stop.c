#define _GNU_SOURCE
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static bool ended(int input)
{
    char discarded[512];
    ssize_t length = read(input, discarded, sizeof(discarded));
    return length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN);
}

bool stop_wanted(int input, int signals, int milliseconds)
{
    for (;;) {
        struct pollfd fds[] = {{.fd = input, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        int ready = poll(fds, 2, milliseconds);
        if (ready == 0)
            return false;
        if (ready < 0 && errno != EINTR)
            return true;
        if (ready > 0 && (fds[1].revents || (fds[0].revents && ended(input))))
            return true;
        // Input that nobody asked for.
        if (milliseconds >= 0)
            return false;
    }
}
