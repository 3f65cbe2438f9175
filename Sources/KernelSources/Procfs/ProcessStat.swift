/// The few fields of `/proc/PID/stat` that tell why a process shows no fds. Anyone may read it.
package struct ProcessStat: Equatable {
    let state: UInt8
    let flags: UInt64

    /// `PF_KTHREAD`.
    private static let kernelThread: UInt64 = 0x0020_0000

    package var isKernelThread: Bool { flags & Self.kernelThread != 0 }
    var isZombie: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }
    /// Whether it can hold no fds of its own to be refused.
    var hasNoFiles: Bool { isKernelThread || isZombie }

    /// Understands a stat text; nil when it is not one.
    init?(_ text: Span<UInt8>) {
        // The command name is in parentheses and may hold parentheses itself: the last one ends it.
        var end = text.count - 1
        while end >= 0, text[end] != UInt8(ascii: ")") { end -= 1 }
        guard end >= 0 else { return nil }
        // After it: state ppid pgrp session tty_nr tpgid flags …
        var fields: [Range<Int>] = []
        var start = end + 1
        for index in end + 1..<text.count where text[index] == 0x20 || text[index] == 0x0A {
            if index > start { fields.append(start..<index) }
            start = index + 1
            if fields.count == 7 { break }
        }
        guard fields.count == 7, fields[0].count == 1, let flags = text.decimal(fields[6]) else { return nil }
        state = text[fields[0].lowerBound]
        self.flags = flags
    }
}
