// What this process itself keeps in memory.
#ifndef CLINUX_MEMORY_H
#define CLINUX_MEMORY_H

// For a process that runs for long beside others: one heap for all threads, and large blocks go back when they are
// freed. Before the first other thread.
void clinux_keep_little(void);
// Unmaps the pages of code that were run so far. What is run again comes back from the page cache.
void clinux_unmap_code(void);

#endif
