// The command line.
#ifndef WL_OPTIONS_H
#define WL_OPTIONS_H

#include <stdbool.h>

#define EXIT_MISUSE 64

struct options {
    unsigned maps;
    unsigned programs;
    unsigned processes;      // 0: no children, this process holds everything
    const char *pin_dir;
    const char *cgroup_dir;  // NULL: the cgroup2 mount
    const char *prefix;
    unsigned uid;            // 0: stay as we are
    unsigned churn_seconds;
    bool churn;
    bool links;
    bool kprobe_multi;
    bool attach;
    bool thread;
    bool locks;
    bool functions;
    bool hostile;
    unsigned grow;           // bytes at each input; 0: no growing map
    bool host_net;
    const char *deny_bpf;
    char **command;          // what --deny-bpf runs
};

// Ends the program on --help and on mistakes.
void parse_options(int argc, char **argv, struct options *options);

#endif
