#define _GNU_SOURCE
#include "churn.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "share.h"
#include "stop.h"

#define MAPS_A_ROUND 16
#define PROGRAMS_A_ROUND 8

struct totals {
    unsigned long maps, programs, links;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Links whose making does not wait for other CPUs; -1 after the first refusal.
static int churn_link(void)
{
    static bool refused;
    if (refused)
        return -1;
    struct program_shape shape = {.name = "uprobe_churn"};
    int program = load_program("perf_event", &shape);
    int link = program < 0 ? -1 : link_perf_event(program);
    if (program >= 0)
        close(program);
    refused = link < 0;
    return link;
}

static int make_maps(unsigned number, struct map maps[MAPS_A_ROUND], struct totals *totals)
{
    for (int i = 0; i < MAPS_A_ROUND; i++) {
        // Referable kinds only: the others take long to destroy, so rubbish piles up.
        if (create_map(NULL, number + (unsigned)i, true, &maps[i]) != 0)
            return i;
        totals->maps++;
    }
    return MAPS_A_ROUND;
}

static int make_programs(unsigned number, const struct map *maps, int map_count,
                         int programs[PROGRAMS_A_ROUND], struct totals *totals)
{
    const char *type;
    for (int i = 0; i < PROGRAMS_A_ROUND; i++) {
        struct program_shape shape = {.name = "trace_churn", .filler = number % 6};
        for (int m = i; m < map_count && shape.map_count < 2; m += PROGRAMS_A_ROUND)
            shape.maps[shape.map_count++] = maps[m].fd;
        programs[i] = create_program(NULL, number + (unsigned)i, &shape, &type);
        if (programs[i] < 0)
            return i;
        totals->programs++;
    }
    return PROGRAMS_A_ROUND;
}

// False when nothing could be made.
static bool run_round(unsigned number, struct totals *totals)
{
    struct map maps[MAPS_A_ROUND];
    int programs[PROGRAMS_A_ROUND];
    int map_count = make_maps(number, maps, totals);
    int program_count = make_programs(number, maps, map_count, programs, totals);
    int link = churn_link();
    for (int i = 0; i < map_count; i++)
        close(maps[i].fd);
    for (int i = 0; i < program_count; i++)
        close(programs[i]);
    if (link >= 0) {
        totals->links++;
        close(link);
    }
    return map_count + program_count > 0;
}

int churn(unsigned seconds)
{
    raise_limits(1024);
    int signals = stop_signals();
    struct totals totals = {0};
    if (!run_round(0, &totals)) {
        complain("bpf(2) refuses maps and programs");
        return 1;
    }
    manifest_ready();
    double end = now() + seconds;
    for (unsigned number = MAPS_A_ROUND; now() < end; number += MAPS_A_ROUND) {
        // Memory may be short until what was destroyed is really gone.
        if (!run_round(number, &totals))
            usleep(10000);
        if (stop_wanted(STDIN_FILENO, signals, 0))
            break;
    }
    printf("{\"kind\":\"churned\",\"maps\":%lu,\"programs\":%lu,\"links\":%lu}\n", totals.maps,
           totals.programs, totals.links);
    return fflush(stdout) == 0 ? 0 : 1;
}
