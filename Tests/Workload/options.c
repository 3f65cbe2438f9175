#define _GNU_SOURCE
#include "options.h"

#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PREFIX 32

static const char help[] =
    "Creates eBPF objects, says which, and holds them: a workload to test a collector with.\n"
    "\n"
    "bpf-workload [OPTION...]            create, print the manifest, hold until end of\n"
    "                                    input or SIGTERM, clean up\n"
    "  --maps N          maps in all (default 0)\n"
    "  --programs N      programs in all (default 0)\n"
    "  --processes P     hold them in P child processes; two or more share a map\n"
    "  --pin-dir DIR     keep some only pinned below DIR (in a bpffs; made if missing)\n"
    "  --attach          keep some only attached: to a socket, a cgroup, or a program\n"
    "  --thread          keep some only in the fd table of a thread\n"
    "  --locks           take 500 file locks on the first map, which its fdinfo lists first\n"
    "                    (without --processes)\n"
    "  --grow BYTES      make a map that grows by so much at each input, and is told again,\n"
    "                    and a program wlg_PID that uses it (without --processes; kernel 6.4)\n"
    "  --functions       programs with BTF, in which functions have longer names (without\n"
    "                    --processes)\n"
    "  --hostile         names with quotes, newlines and broken UTF-8: of the process, of a\n"
    "                    map and of its pin (without --processes)\n"
    "  --links           create links, each with one more program; without --host-net\n"
    "                    network links live in a network namespace of their own\n"
    "  --kprobe-multi    with --links, also one that crashes kernels 6.17 to 6.19.13 when\n"
    "                    anybody reads its fdinfo: for virtual machines\n"
    "  --host-net        create network links in the present network namespace\n"
    "  --cgroup-dir DIR  make cgroups below DIR (default: the cgroup2 mount)\n"
    "  --prefix NAME     start of pin names and cgroup names (default: wl)\n"
    "  --uid UID         after creating, children become UID, without capabilities\n"
    "\n"
    "bpf-workload --churn SECONDS        create and destroy objects as fast as possible\n"
    "\n"
    "bpf-workload --deny-bpf EPERM|ENOSYS|KILL -- COMMAND [ARGUMENT...]\n"
    "                                    run COMMAND where bpf(2) fails, or kills\n"
    "\n"
    "Standard output is JSON lines, the last of the manifest being {\"kind\":\"ready\"}.\n"
    "Exit status: 0 done, 1 failed, 64 wrong usage.\n";

__attribute__((noreturn, format(printf, 1, 2))) static void misuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("bpf-workload: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs(" (see --help)\n", stderr);
    va_end(arguments);
    exit(EXIT_MISUSE);
}

static unsigned number(const char *flag, const char *text, unsigned min, unsigned max)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || value < min || value > max)
        misuse("%s takes a number from %u to %u, not '%s'", flag, min, max, text);
    return (unsigned)value;
}

static const char *checked_prefix(const char *text)
{
    size_t length = strlen(text);
    // No dots: bpffs does not allow them in names.
    size_t good = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    if (length == 0 || length > MAX_PREFIX || good != length)
        misuse("--prefix takes up to %d letters, digits, '_' and '-', not '%s'", MAX_PREFIX, text);
    return text;
}

static const char *checked_directory(const char *flag, const char *text)
{
    if (text[0] != '/')
        misuse("%s takes an absolute path, not '%s'", flag, text);
    return text;
}

static bool set_switch(struct options *o, const char *flag)
{
    static const struct {
        const char *flag;
        size_t offset;
    } switches[] = {
        {"--links", offsetof(struct options, links)},
        {"--kprobe-multi", offsetof(struct options, kprobe_multi)},
        {"--attach", offsetof(struct options, attach)},
        {"--thread", offsetof(struct options, thread)},
        {"--locks", offsetof(struct options, locks)},
        {"--functions", offsetof(struct options, functions)},
        {"--hostile", offsetof(struct options, hostile)},
        {"--host-net", offsetof(struct options, host_net)},
    };
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (strcmp(flag, switches[i].flag) == 0) {
            *(bool *)((char *)o + switches[i].offset) = true;
            return true;
        }
    }
    return false;
}

static void set_value(struct options *o, const char *flag, const char *value)
{
    if (strcmp(flag, "--maps") == 0) {
        o->maps = number(flag, value, 0, 1000000);
    } else if (strcmp(flag, "--programs") == 0) {
        o->programs = number(flag, value, 0, 1000000);
    } else if (strcmp(flag, "--processes") == 0) {
        o->processes = number(flag, value, 1, 1024);
    } else if (strcmp(flag, "--uid") == 0) {
        o->uid = number(flag, value, 1, 4294967294u);
    } else if (strcmp(flag, "--pin-dir") == 0) {
        o->pin_dir = checked_directory(flag, value);
    } else if (strcmp(flag, "--cgroup-dir") == 0) {
        o->cgroup_dir = checked_directory(flag, value);
    } else if (strcmp(flag, "--prefix") == 0) {
        o->prefix = checked_prefix(value);
    } else if (strcmp(flag, "--grow") == 0) {
        o->grow = number(flag, value, 1, 1u << 30);
    } else if (strcmp(flag, "--churn") == 0) {
        o->churn_seconds = number(flag, value, 1, 86400);
        o->churn = true;
    } else {
        o->deny_bpf = value;
    }
}

static bool takes_value(const char *flag)
{
    static const char *const flags[] = {"--maps",       "--programs", "--processes",
                                        "--uid",        "--pin-dir",  "--cgroup-dir",
                                        "--prefix",     "--grow",     "--churn",
                                        "--deny-bpf"};
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (strcmp(flag, flags[i]) == 0)
            return true;
    return false;
}

static void check_deny(const struct options *o, int flags)
{
    if (strcmp(o->deny_bpf, "EPERM") != 0 && strcmp(o->deny_bpf, "ENOSYS") != 0 &&
        strcmp(o->deny_bpf, "KILL") != 0)
        misuse("--deny-bpf takes EPERM, ENOSYS or KILL, not '%s'", o->deny_bpf);
    if (!o->command)
        misuse("--deny-bpf needs '--' and a command");
    if (flags != 1)
        misuse("--deny-bpf goes with no other option");
}

static void check_together(const struct options *o, int flags)
{
    if (o->deny_bpf)
        check_deny(o, flags);
    else if (o->command)
        misuse("a command goes with --deny-bpf only");
    else if (o->kprobe_multi && !o->links)
        misuse("--kprobe-multi goes with --links");
    else if (o->churn && flags != 1)
        misuse("--churn goes with no other option");
}

void parse_options(int argc, char **argv, struct options *o)
{
    *o = (struct options){.prefix = "wl"};
    int flags = 0;
    for (int i = 1; i < argc; i++, flags++) {
        const char *flag = argv[i];
        if (strcmp(flag, "--help") == 0) {
            fputs(help, stdout);
            exit(0);
        }
        if (strcmp(flag, "--") == 0) {
            o->command = i + 1 < argc ? &argv[i + 1] : NULL;
            break;
        }
        if (set_switch(o, flag))
            continue;
        if (!takes_value(flag))
            misuse("unknown argument '%s'", flag);
        if (++i == argc)
            misuse("%s needs a value", flag);
        set_value(o, flag, argv[i]);
    }
    check_together(o, flags);
    // Only a child can become another user: the parent has to clean up.
    if (o->uid && !o->processes)
        o->processes = 1;
}
