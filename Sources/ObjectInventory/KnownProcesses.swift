/// Processes as an earlier collection read them: one that has the same number of open files probably has the same
/// files. It is no proof, so it holds only until the next full reading.
///
/// A process is told from another with its id by the inode of its directory, which procfs makes anew for each.
public struct KnownProcesses: Sendable {
    private var earlier = IDTable(empty: Process())
    private var earlierFDs = BoundedArray<Int32>()
    private var now = IDTable(empty: Process())
    private var nowFDs = BoundedArray<Int32>()
    private var budget: MemoryBudget
    private var isFull = true
    /// Where the fds begin of the process that is read at present.
    private var begun = 0
    private var hasRoom = false

    /// What is known of a process.
    public struct Process: BitwiseCopyable, Sendable {
        fileprivate var inode: UInt64 = 0
        fileprivate var signs = Signs()
        fileprivate var first: Int32 = 0
        fileprivate var count: Int32 = 0

        /// The places of its fds that are BPF objects, for `fd(at:)`.
        public var objects: Range<Int> { Int(first)..<Int(first) + Int(count) }
    }

    /// By what it is told that a process is unchanged.
    public struct Signs: BitwiseCopyable, Sendable, Equatable {
        /// The size that `stat(2)` tells of `/proc/PID/fd`: how many files are open.
        public var openFiles: Int64 = 0
        /// The links of `/proc/PID/task`: one for each thread, and two.
        public var taskLinks: UInt64 = 0

        /// Those of nothing.
        public init() {}
    }

    init(limit: Int) {
        // Those of the collection before and of this one.
        budget = MemoryBudget(limit: limit, idReserve: 0)
    }

    /// Bytes held.
    var bytes: Int { budget.used }

    /// What is known of a process with this directory and these signs; nil when it has to be read.
    public func recall(_ pid: Int32, inode: UInt64, _ signs: Signs) -> Process? {
        guard !isFull, let place = earlier.place(of: UInt32(bitPattern: pid)) else { return nil }
        let process = earlier[place]
        return process.inode == inode && process.signs == signs ? process : nil
    }

    /// An fd of a process that was recalled.
    public func fd(at place: Int) -> Int32 { earlierFDs.elements[place] }

    /// Begins to remember the next process. What was added for one that was not remembered is dropped.
    public mutating func begin() {
        nowFDs.truncate(to: begun)
        hasRoom = budget.limit > 0
    }

    /// Adds an fd that is a BPF object.
    public mutating func add(_ fd: Int32) {
        if hasRoom, !nowFDs.append(fd, within: &budget) { hasRoom = false }
    }

    /// Remembers the process that was begun last.
    public mutating func remember(_ pid: Int32, inode: UInt64, _ signs: Signs) {
        guard hasRoom,
            let (place, _) = now.place(inserting: UInt32(bitPattern: pid), within: &budget)
        else { return }
        let count = nowFDs.elements.count - begun
        now[place] = Process(
            inode: inode, signs: signs, first: Int32(clamping: begun),
            count: Int32(clamping: count))
        begun = nowFDs.elements.count
        hasRoom = false
    }

    // MARK: Passes

    mutating func begin(isFull: Bool) {
        self.isFull = isFull
    }

    /// Ends a collection: what it did not meet is forgotten.
    mutating func end() {
        nowFDs.truncate(to: begun)
        budget = MemoryBudget(limit: budget.limit, idReserve: 0)
        (earlier, earlierFDs) = (now, nowFDs)
        now = IDTable(empty: Process())
        nowFDs = BoundedArray()
        begun = 0
        // They were within the budget beside those that are gone.
        _ = budget.take(earlier.bytes, for: .ids)
        _ = budget.take(earlierFDs.bytes, for: .details)
    }
}
