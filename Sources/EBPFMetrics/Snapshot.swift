public import KernelObjects
public import KernelSources
public import ObjectInventory

/// What one collection has learnt.
public struct Snapshot: Sendable {
    /// The objects.
    public let inventory: Inventory
    /// Their totals, each with how much it may be trusted.
    public let totals: Totals
    /// The facts that are complete.
    public let complete: Coverage
    /// The sources that were asked.
    public let plan: CollectionPlan
    /// What each source said beforehand it could see.
    public let assessments: [SourceAssessment]
    /// What each source that ran did, in the order they ran.
    public let reports: [ScanReport]
    /// Why names are missing, when some are.
    public let nameLimitation: Limitation?
    /// What this process may see, as probed.
    public let access: KernelAccess
    /// When it began, in seconds since 1970.
    public let startedAt: Double
    /// How long it took.
    public let duration: Duration

    /// Whether programs, maps, links and memory are all complete.
    public var isComplete: Bool {
        complete.isSuperset(of: [.objects, Coverage(.memory)])
    }

    /// Whether details were left out for want of memory.
    public var hitMemoryLimit: Bool {
        !inventory.cut.isEmpty || inventory.uncounted > 0
    }

    /// Things that should not have happened, in all sources.
    public var errorCount: UInt64 {
        reports.reduce(0) { $0 + $1.errors + ($1.failure == nil ? 0 : 1) }
    }

    /// Why it is not complete: what ran and met a limit, or else what kept the best source from running.
    public var limitations: [(source: SourceKind, limitation: Limitation)] {
        var all: [(SourceKind, Limitation)] = []
        if !isComplete {
            for assessment in assessments where assessment.verdict != .complete {
                for limitation in assessment.limitations { all.append((assessment.source, limitation)) }
            }
        }
        for report in reports {
            for limitation in report.limitations
            where !all.contains(where: { $0.1.code == limitation.code && $0.0 == report.source }) {
                all.append((report.source, limitation))
            }
        }
        return all.map { (source: $0.0, limitation: $0.1) }
    }
}

extension ScanReport {
    /// Why the source could not run or go on; nil when it could. A refusal is no failure.
    public var failure: String? {
        if case .failed(let why) = outcome { why } else { nil }
    }
}
