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
    /// Whether run statistics of programs are known to be on: by the sysctl, or because this collector holds them on.
    public let areRunStatisticsOn: Bool
    /// When it began, in seconds since 1970.
    public let startedAt: Double
    /// When the last collection began that read everything anew and came to its end, in seconds since 1970: this one or an
    /// earlier one; nil when there was none.
    public let readInFullAt: Double?
    /// Bytes of what is known for the next collection, and the most they may be.
    let knownBytes: (used: Int, limit: Int)
    /// How long it took.
    public let duration: Duration

    /// How much of it was known from earlier collections.
    public var recognized: Recognized {
        reports.reduce(into: Recognized()) { $0.add($1.recognized) }
    }

    /// Bytes that it holds, with what is known for the next one.
    public var heldBytes: Int { inventory.budget.used + knownBytes.used }

    /// The most bytes that it held.
    public var peakBytes: Int { inventory.budget.peak + knownBytes.used }

    /// The most bytes that it may hold.
    public var limitBytes: Int { inventory.budget.limit + knownBytes.limit }

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
        reports.reduce(0) { $0 + $1.errors }
    }

    /// Why it is not complete: what kept better sources from running, and what those that ran met.
    public var limitations: [(source: SourceKind, limitation: Limitation)] {
        var all: [(source: SourceKind, limitation: Limitation)] = []
        func add(_ source: SourceKind, _ limitation: Limitation) {
            all.append((source, limitation))
        }
        for assessment in assessments where explainsMissing(assessment.source) {
            if plan.isForced, !plan.sources.contains(assessment.source) {
                add(
                    assessment.source,
                    Limitation(.sourceOption, "\(assessment.source.name) is not among the sources asked for"))
            } else {
                // That a source shows a part by nature explains nothing where another shows all.
                for limitation in assessment.limitations where !isComplete || limitation.code != .byNature {
                    add(assessment.source, limitation)
                }
            }
        }
        for report in reports {
            // A source may say the same beforehand and after its run; once is enough.
            let told = Set(all.filter { $0.source == report.source }.map(\.limitation.code))
            for limitation in report.limitations where !told.contains(limitation.code) {
                add(report.source, limitation)
            }
        }
        // kallsyms is a file of procfs.
        if let nameLimitation { add(.procfs, nameLimitation) }
        return all
    }

    /// Whether what this source cannot see explains something that is missing.
    private func explainsMissing(_ source: SourceKind) -> Bool {
        if !isComplete { return true }
        return source == .bpffs && !complete.contains(.pins)
    }
}

extension ScanReport {
    /// Why the source could not run or go on; nil when it could. A refusal is no failure.
    public var failure: String? {
        if case .failed(let why) = outcome { why } else { nil }
    }
}
