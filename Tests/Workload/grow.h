// A map that grows when told to.
#ifndef WL_GROW_H
#define WL_GROW_H

#include "share.h"

// An empty hash map whose elements are allocated one by one. -1 with a message.
int create_growing_map(struct map *map);
// Until it is time to stop: at each input adds elements for at least `bytes`, and says
// what the map is now. -1 with a message when the kernel does not count what is in use.
int grow_on_input(const struct map *map, unsigned bytes, int signals);

#endif
