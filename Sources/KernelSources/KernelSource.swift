public import KernelObjects
public import ObjectInventory

/// One way to learn about the BPF objects of a host.
public protocol KernelSource: Sendable {
    /// Which way it is.
    var kind: SourceKind { get }

    /// What this source can see with these rights, why not more, and what would mend it. Reads nothing.
    func assess() -> SourceAssessment

    /// Adds everything the source sees to the inventory.
    ///
    /// Never throws: what went wrong with one object is counted, and what ended the scan early is in the report,
    /// beside everything that was seen before.
    func scan(into inventory: inout Inventory, _ context: ScanContext) -> ScanReport
}

/// What a scan is asked to do, and how long it may take.
public struct ScanContext: Sendable {
    /// When to stop, whatever is left.
    public var deadline: Deadline
    /// Whether to tell which process holds what.
    public var collectsHolders: Bool
    /// The most file descriptors to look at in one process, and in all.
    public var fdBudget: FDBudget
    /// Whether to look for the full names of programs whose names the kernel cuts short.
    public var findsFullNames: Bool
    /// Whether run statistics of programs move, or have moved since the last collection.
    public var runStatisticsMove: Bool
    /// Hears of every object that was left out and why. Called on the scan's thread.
    public var observe: @Sendable (ScanEvent) -> Void

    /// A scan's orders.
    public init(
        deadline: Deadline = .never, collectsHolders: Bool = true, fdBudget: FDBudget = FDBudget(),
        findsFullNames: Bool = false, runStatisticsMove: Bool = true,
        observe: @escaping @Sendable (ScanEvent) -> Void = { _ in }
    ) {
        self.deadline = deadline
        self.collectsHolders = collectsHolders
        self.fdBudget = fdBudget
        self.findsFullNames = findsFullNames
        self.runStatisticsMove = runStatisticsMove
        self.observe = observe
    }
}

/// How many file descriptors a procfs scan may look at: each leaves some kernel memory behind, charged to us.
public struct FDBudget: Sendable, Equatable {
    /// In one process (or one thread with an fd table of its own).
    public var perProcess: Int
    /// In one scan.
    public var total: Int

    /// A budget.
    public init(perProcess: Int = 100_000, total: Int = 2_000_000) {
        self.perProcess = perProcess
        self.total = total
    }
}
