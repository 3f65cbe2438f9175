#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>

#include "churn.h"
#include "deny.h"
#include "holders.h"
#include "options.h"
#include "share.h"

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    // One write a line, as several processes may complain.
    char line[512];
    int length = snprintf(line, sizeof(line), "bpf-workload: ");
    vsnprintf(line + length, sizeof(line) - (size_t)length, format, arguments);
    fprintf(stderr, "%s\n", line);
    va_end(arguments);
}

int main(int argc, char **argv)
{
    struct options options;
    parse_options(argc, argv, &options);
    if (options.deny_bpf)
        return deny_bpf(&options);
    if (options.churn)
        return churn(options.churn_seconds);
    return hold_objects(&options);
}
