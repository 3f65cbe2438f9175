// Names that a careless output format trips over.
#ifndef WL_HOSTILE_H
#define WL_HOSTILE_H

#include "share.h"

// Gives this process, a map (held by fd) and its pin, if pins are wanted, such names, and
// writes the map down. -1 with a message.
int create_hostile(const struct share *share);

#endif
