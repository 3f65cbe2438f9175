import KernelObjects
import KernelSources
import LinuxSystem
import ObjectInventory

/// All metrics: the last collection's values, and what has been counted over all collections.
///
/// Exporters visit it; there is no second list of metrics anywhere.
public struct MetricsRegistry: Sendable {
    /// What the collector was told to collect.
    public internal(set) var configuration: CollectorConfiguration
    /// The last collection; nil before the first.
    public private(set) var last: Snapshot?
    /// When counting began, in seconds since 1970: what exporters tell as the start of every counter.
    public let startedAt = MonotonicTime.wallClockSeconds
    private var errors: UInt64 = 0
    private var memoryLimitHits: UInt64 = 0
    private var skipped: [SourceKind: SkipCounts] = [:]
    private var durations = DurationHistogram()
    /// How many collections there were.
    public var collections: UInt64 { durations.count }
    private var visibilities = [TotalVisibility](repeating: TotalVisibility(), count: Totals.families.count)
    private var process: ProcessStatistics?

    init(configuration: CollectorConfiguration) {
        self.configuration = configuration
    }

    mutating func record(_ collection: Snapshot) {
        last = collection
        errors += collection.errorCount
        if collection.hitMemoryLimit { memoryLimitHits += 1 }
        for report in collection.reports {
            for reason in SkipReason.allCases {
                skipped[report.source, default: SkipCounts()][reason] += report.skipped[reason]
            }
        }
        durations.record(collection.duration.milliseconds)
        var sources: SourceSet = []
        for report in collection.reports where report.outcome == .finished || report.outcome == .cut {
            sources.insert(SourceSet(report.source))
        }
        for (index, family) in Totals.families.enumerated() {
            visibilities[index].record(collection.totals[keyPath: family.total], by: sources)
        }
        process = configuration.reportsProcess ? ProcessStatistics.current() : nil
    }

    /// Shows every metric and sample to an exporter, in a fixed order.
    public func visit(_ visitor: inout some MetricVisitor) {
        guard let last else { return }
        visitTotals(last, &visitor)
        visitCollection(last, &visitor)
        visitSources(last, &visitor)
        if configuration.enablesPerMapMetrics { visitMaps(last, &visitor) }
        if configuration.enablesPerProgramMetrics { visitPrograms(last, &visitor) }
        if configuration.collectsHolders { visitHolders(last, &visitor) }
        if let process { visit(process, &visitor) }
    }

    // MARK: Always on

    private func visitTotals(_ last: Snapshot, _ visitor: inout some MetricVisitor) {
        // What nobody could see is absent, not 0.
        for (index, (family, total)) in Totals.families.enumerated() {
            visitor.begin(family)
            guard visibilities[index].isShown, let value = last.totals[keyPath: total].value else { continue }
            visitor.sample(.integer(value), [])
        }
    }

    private func visitCollection(_ last: Snapshot, _ visitor: inout some MetricVisitor) {
        visitor.begin(.errors)
        visitor.sample(.integer(errors), [])
        visitor.begin(.duration)
        visitor.histogram(durations)
        visitor.begin(.memoryLimitHits)
        visitor.sample(.integer(memoryLimitHits), [])
        visitor.begin(.skipped)
        for source in SourceKind.allCases {
            for reason in SkipReason.allCases {
                visitor.sample(
                    .integer(skipped[source]?[reason] ?? 0),
                    [MetricLabel("source", .text(source.name)), MetricLabel("reason", .text(reason.name))])
            }
        }
        visitor.begin(.complete)
        for fact in Fact.allCases {
            visitor.sample(.integer(last.complete.contains(fact) ? 1 : 0), [MetricLabel("of", .text(fact.name))])
        }
        visitor.begin(.timestamp)
        visitor.sample(.decimal(last.startedAt), [])
        if configuration.fullInterval > .zero { visitRecognition(last, &visitor) }
        visitor.begin(.unmatchedPrograms)
        visitor.sample(.integer(last.totals.programsWithOtherPrefix), [MetricLabel("reason", .text("prefix"))])
        visitor.sample(.integer(last.totals.programsWithUnknownName), [MetricLabel("reason", .text("name_unknown"))])
        visitor.begin(.collectorMemory)
        visitor.sample(.integer(UInt64(last.heldBytes)), [])
        visitor.begin(.memoryInfo)
        if let kernel = last.access.kernel.value {
            visitor.sample(.integer(1), [MetricLabel("estimator", .text(MemoryEstimator(kernel).rawValue))])
        }
        visitor.begin(.buildInfo)
        visitor.sample(.integer(1), [MetricLabel("version", .text(BuildInfo.version))])
    }

    /// Of collections that rely on earlier ones: where each reads everything, there is nothing to tell.
    private func visitRecognition(_ last: Snapshot, _ visitor: inout some MetricVisitor) {
        visitor.begin(.fullInterval)
        visitor.sample(.decimal(configuration.fullInterval.milliseconds / 1000), [])
        visitor.begin(.fullTimestamp)
        if let time = last.readInFullAt { visitor.sample(.decimal(time), []) }
        visitor.begin(.recognized)
        let recognized = last.recognized
        for (what, count) in [
            ("programs", recognized.programs), ("maps", recognized.maps), ("processes", recognized.processes),
        ] {
            visitor.sample(.integer(count), [MetricLabel("of", .text(what))])
        }
    }

    private func visitSources(_ last: Snapshot, _ visitor: inout some MetricVisitor) {
        visitor.begin(.sourceUp)
        for source in SourceKind.allCases {
            let isUp = last.reports.contains { $0.source == source && ($0.outcome == .finished || $0.outcome == .cut) }
            visitor.sample(.integer(isUp ? 1 : 0), [MetricLabel("source", .text(source.name))])
        }
        visitor.begin(.sourceObjects)
        for report in last.reports {
            let found = report.found
            for (kind, count) in [
                ("program", found.programs), ("map", found.maps), ("link", found.links), ("pin", found.pins),
            ] {
                visitor.sample(
                    .integer(count),
                    [MetricLabel("source", .text(report.source.name)), MetricLabel("kind", .text(kind))])
            }
        }
        visitor.begin(.sourceDuration)
        for report in last.reports {
            visitor.sample(
                .decimal(report.duration.milliseconds / 1000), [MetricLabel("source", .text(report.source.name))])
        }
    }

    // MARK: Switched on

    private func visitMaps(_ last: Snapshot, _ visitor: inout some MetricVisitor) {
        visitor.begin(.mapMemory)
        for map in last.inventory.maps {
            guard let memlock = map.memlock else { continue }
            visitor.sample(
                .integer(memlock),
                [
                    MetricLabel("map_id", .number(UInt64(map.id))), MetricLabel("map_name", Self.name(map.name)),
                    MetricLabel("map_type", Self.text(map.type)), MetricLabel("key_size", Self.number(map.keySize)),
                    MetricLabel("value_size", Self.number(map.valueSize)),
                    MetricLabel("max_entries", Self.number(map.maxEntries)),
                ])
        }
    }

    private func visitPrograms(_ last: Snapshot, _ visitor: inout some MetricVisitor) {
        func labels(_ program: BPFProgram) -> [MetricLabel] {
            [
                MetricLabel("program_id", .number(UInt64(program.id))),
                MetricLabel("program_name", Self.name(program.name)),
                MetricLabel("program_type", Self.text(program.type)),
            ]
        }
        visitor.begin(.programMemory)
        for program in last.inventory.programs {
            guard let memlock = program.memlock else { continue }
            let maps = MetricLabel("associated_maps", Self.number(program.mapIDs.map { UInt32(clamping: $0.count) }))
            visitor.sample(.integer(memlock), labels(program) + [maps])
        }
        // Without statistics the kernel answers 0 for all of these, which says nothing.
        guard last.areRunStatisticsOn else { return }
        visitor.begin(.programRunTime)
        for program in last.inventory.programs {
            guard let time = program.runTime else { continue }
            visitor.sample(.decimal(Double(time) / 1e9), labels(program))
        }
        visitor.begin(.programRunCount)
        for program in last.inventory.programs {
            guard let count = program.runCount else { continue }
            visitor.sample(.integer(count), labels(program))
        }
        visitor.begin(.programRecursionMisses)
        for program in last.inventory.programs {
            guard let misses = program.recursionMisses else { continue }
            visitor.sample(.integer(misses), labels(program))
        }
    }

    private func visitHolders(_ last: Snapshot, _ visitor: inout some MetricVisitor) {
        let summaries = HolderSummary.byProcess(of: last.inventory)
        func labels(_ summary: HolderSummary) -> [MetricLabel] {
            [
                MetricLabel("pid", .number(UInt64(summary.pid))), MetricLabel("comm", Self.name(summary.comm)),
                MetricLabel("container_id", .text(summary.containerID ?? "")),
            ]
        }
        visitor.begin(.processMaps)
        for summary in summaries { visitor.sample(.integer(summary.maps), labels(summary)) }
        visitor.begin(.processPrograms)
        for summary in summaries { visitor.sample(.integer(summary.programs), labels(summary)) }
        visitor.begin(.processMapMemory)
        for summary in summaries {
            if let memory = summary.mapMemory.value { visitor.sample(.integer(memory), labels(summary)) }
        }
    }

    private func visit(_ process: ProcessStatistics, _ visitor: inout some MetricVisitor) {
        func sample(_ family: MetricFamily, _ number: MetricNumber?) {
            visitor.begin(family)
            if let number { visitor.sample(number, []) }
        }
        sample(.processCPU, .decimal(process.cpuSeconds))
        sample(.processVirtual, .integer(process.virtualBytes))
        sample(.processResident, .integer(process.residentBytes))
        sample(.processStart, .decimal(process.startTime))
        sample(.processThreads, .integer(process.threads))
        sample(.processOpenFDs, process.openFDs.map { .integer($0) })
        sample(.processMaxFDs, process.maxFDs.map { .integer($0) })
        sample(.cgroupKernelMemory, process.cgroupKernelBytes.map { .integer($0) })
    }

    // MARK: Unknown values of labels are empty, as Prometheus has it

    private static func name(_ name: KernelName?) -> MetricLabel.Value { name.map { .name($0) } ?? .text("") }
    private static func number(_ number: UInt32?) -> MetricLabel.Value {
        number.map { .number(UInt64($0)) } ?? .text("")
    }
    private static func text(_ type: (some KernelEnum)?) -> MetricLabel.Value { .text(type?.description ?? "") }
}

extension Totals {
    /// The totals that have a metric, in the order they are shown.
    fileprivate static var families: [(family: MetricFamily, total: any KeyPath<Totals, Amount> & Sendable)] {
        [
            (.programs, \.programs), (.programMemoryTotal, \.programMemory), (.maps, \.maps),
            (.mapMemoryTotal, \.mapMemory), (.links, \.links), (.pins, \.pins),
        ]
    }
}

extension Duration {
    /// The duration in milliseconds.
    public var milliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1000 + Double(attoseconds) / 1e15
    }
}
