import LinuxSystem

/// The words in which a table of fds is spoken of.
extension FDTableScan {
    /// Whose table is looked through.
    struct Owner {
        let pid: Int32
        /// The thread by which the table is reached, when not by the process.
        let thread: Int32?
        /// Whether the table is known to be the thread's own.
        let isSeparate: Bool

        init(pid: Int32, thread: Int32?, isSeparate: Bool = false) {
            self.pid = pid
            self.thread = thread
            self.isSeparate = isSeparate
        }

        /// Where it is, in words for a message.
        var place: String { thread.map { "pid \(pid) tid \($0)" } ?? "pid \(pid)" }
    }

    /// What came of a table.
    enum Outcome: Equatable {
        case scanned
        case vanished
        case refused(Errno)
        /// Its links cannot be followed, and without that reading it may crash this kernel.
        case unsafe

        /// Whether something kept us from looking.
        var isClosed: Bool {
            switch self {
            case .scanned, .vanished: false
            case .refused, .unsafe: true
            }
        }
    }
}
