// Knowing when to stop: end of input, or a signal.
#ifndef WL_STOP_H
#define WL_STOP_H

#include <stdbool.h>

// Blocks SIGTERM, SIGINT and SIGHUP, and tells an fd that is readable after one.
int stop_signals(void);
// Waits for a signal or the end of `input`, at most `milliseconds` (-1: for ever).
// True when it is time to stop.
bool stop_wanted(int input, int signals, int milliseconds);

#endif
