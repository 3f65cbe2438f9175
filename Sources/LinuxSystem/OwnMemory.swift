internal import CLinux

/// What this process itself keeps in memory.
package enum OwnMemory {
    /// For a process that runs for long beside others: one heap for all threads, and large blocks go back to the system
    /// as they are freed. To be called before the first other thread.
    package static func keepLittle() {
        clinux_keep_little()
    }

    /// Unmaps the pages of code that were run so far: what is needed again comes back from the page cache, the rest, such
    /// as what only a start runs, can be reclaimed.
    package static func unmapCode() {
        clinux_unmap_code()
    }
}
