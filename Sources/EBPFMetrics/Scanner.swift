import KernelObjects
package import KernelSources
import LinuxSystem
import Logging
import ObjectInventory

/// Runs the sources, one collection at a time, on a thread of its own.
actor Scanner {
    private let executor = ScanExecutor()
    private let configuration: CollectorConfiguration
    private let logger: Logger
    nonisolated let host: any Host
    private var access: KernelAccess?
    private(set) var runStatistics: RunStatistics?
    private var hasTriedRunStatistics = false
    private var wereRunStatisticsOn = false
    private var known: KnownFacts
    private var begunAt: MonotonicTime?
    private var fullAt: MonotonicTime?
    /// When the last collection began that read everything anew and came to its end, in seconds since 1970.
    private var readInFullAt: Double?
    private var probedAt = MonotonicTime.now

    /// Rights and mounts change seldom; looking again this often is enough, and at once after a refusal.
    private static let probeInterval: Duration = .seconds(60)

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(
        configuration: CollectorConfiguration, logger: Logger, host: any Host, runStatistics: RunStatistics? = nil
    ) {
        self.configuration = configuration
        self.host = host
        self.logger = logger
        self.runStatistics = runStatistics
        known = KnownFacts(limit: configuration.knownBytes)
    }

    func collect() -> Snapshot {
        let startedAt = MonotonicTime.wallClockSeconds
        let start = MonotonicTime.now
        holdRunStatistics()
        var access = currentAccess(looksIntoProcesses: configuration.looksIntoProcesses)
        let sources = configuration.sources(access)
        var assessments = sources.map { $0.assess() }
        let plan = configuration.plan(assessments)
        logger.debug(
            "plan", metadata: ["sources": "\(plan.sources.map(\.name))", "fallbacks": "\(plan.fallbacks.map(\.name))"])

        let areRunStatisticsOn = runStatistics != nil || (access.bpfStatsEnabled.value ?? 0) != 0
        var inventory = Inventory(
            limits: configuration.limits, filter: ProgramFilter(prefixes: configuration.programPrefixes))
        let isFull = beginPass(start)
        swap(&inventory.known, &known)
        let context = scanContext(runStatisticsMove: areRunStatisticsOn || wereRunStatisticsOn)
        wereRunStatisticsOn = areRunStatisticsOn
        var reports: [ScanReport] = []
        var wasRefused = false
        func run(_ sources: [any KernelSource], _ kinds: [SourceKind]) {
            for source in sources where kinds.contains(source.kind) {
                let report = source.scan(into: &inventory, context)
                log(report)
                if case .refused = report.outcome { wasRefused = true }
                reports.append(report)
            }
        }
        run(sources, plan.sources)
        if wasRefused {
            // What was allowed a moment ago is not any more: the next best take over within this collection.
            self.access = nil
            access = currentAccess(looksIntoProcesses: true)
            let others = configuration.sources(access)
            assessments = others.map { $0.assess() }
            run(others, plan.fallbacks)
        }
        let nameLimitation = mendNames(&inventory, access)
        let covered = reports.reduce(into: Coverage()) { $0.formUnion($1.covered) }
        let (totals, complete) = inventory.finish(covered: covered)
        swap(&inventory.known, &known)
        known.end()
        if isFull, reports.allSatisfy({ $0.outcome == .finished }) { readInFullAt = startedAt }
        let collection = Snapshot(
            inventory: inventory, totals: totals, complete: complete, plan: plan, assessments: assessments,
            reports: reports, nameLimitation: nameLimitation, access: access,
            areRunStatisticsOn: areRunStatisticsOn, startedAt: startedAt, readInFullAt: readInFullAt,
            knownBytes: (known.bytes, configuration.knownBytes), duration: MonotonicTime.now.since(start))
        CollectionLog(logger).log(collection)
        return collection
    }

    private func currentAccess(looksIntoProcesses: Bool) -> KernelAccess {
        if let access, MonotonicTime.now < probedAt.adding(Self.probeInterval) { return access }
        let found = AccessProbe(paths: configuration.paths, host: host).probe(looksIntoProcesses: looksIntoProcesses)
        access = found
        probedAt = .now
        return found
    }

    private func holdRunStatistics() {
        guard configuration.enablesRunStatistics, runStatistics == nil, !hasTriedRunStatistics else { return }
        hasTriedRunStatistics = true
        do throws(Errno) {
            runStatistics = try RunStatistics(on: host)
        } catch {
            logger.warning(
                "run statistics of programs cannot be switched on; it takes CAP_SYS_ADMIN and kernel 5.8",
                metadata: ["error": "\(error)"])
        }
    }

    /// Decides whether this collection reads everything anew: when the next one, as far ahead as the last was behind,
    /// would come too late.
    private func beginPass(_ now: MonotonicTime) -> Bool {
        let gap = begunAt.map { now.since($0) } ?? .zero
        begunAt = now
        let isFull = fullAt.map { now.adding(gap) >= $0.adding(configuration.fullInterval) } ?? true
        if isFull { fullAt = now }
        known.begin(isFull: isFull)
        return isFull
    }

    private func scanContext(runStatisticsMove: Bool) -> ScanContext {
        let logger = logger
        return ScanContext(
            deadline: .after(configuration.deadline), collectsHolders: configuration.collectsHolders,
            fdBudget: configuration.fdBudget, findsFullNames: configuration.resolvesFullNames,
            runStatisticsMove: runStatisticsMove
        ) { CollectionLog(logger).log($0) }
    }

    private func mendNames(_ inventory: inout Inventory, _ access: KernelAccess) -> Limitation? {
        let isWanted = inventory.hasNamelessPrograms || (configuration.resolvesFullNames && inventory.hasCutNames)
        return isWanted ? ProgramNames(access: access).mend(&inventory) : nil
    }

    private func log(_ report: ScanReport) {
        logger.debug(
            "source done",
            metadata: [
                "source": "\(report.source.name)", "outcome": "\(report.outcome)",
                "programs": "\(report.found.programs)",
                "maps": "\(report.found.maps)", "links": "\(report.found.links)", "pins": "\(report.found.pins)",
                "errors": "\(report.errors)", "duration": "\(report.duration)",
            ])
    }
}

extension CollectorConfiguration {
    /// The plan of a collection with this access.
    package func plan(_ access: KernelAccess) -> CollectionPlan {
        plan(sources(access).map { $0.assess() })
    }

    func plan(_ assessments: [SourceAssessment]) -> CollectionPlan {
        CollectionPlan(
            assessments: assessments, wantsHolders: collectsHolders, wantsPins: collectsPins, forced: sources)
    }

    func sources(_ access: KernelAccess) -> [any KernelSource] {
        [
            IDEnumerationSource(access: access),
            ProcfsSource(
                access: access, allowsUnsafeLinkFDInfo: allowsUnsafeLinkFDInfo, usesPidfdGetfd: usesPidfdGetfd),
            BpffsSource(access: access),
        ]
    }

    /// Whether other processes are looked into even when another source sees all objects.
    package var looksIntoProcesses: Bool { collectsHolders || sources?.contains(.procfs) == true }

    /// What of the memory bound is for facts that are kept from one collection to the next.
    var knownBytes: Int { fullInterval > .zero ? maxMemoryBytes / 4 : 0 }

    var limits: InventoryLimits {
        var limits = InventoryLimits(
            maxMemoryBytes: maxMemoryBytes - knownBytes, maxMaps: maxMapsToTrack, maxPrograms: maxProgramsToTrack)
        // The longest a line of a series can be: names of at most 15 bytes, escaped, and numbers of ten digits.
        let line = (metricPrefix.utf8.count + 256) * keptRenderings
        if enablesPerMapMetrics { limits.rendered.perMap = line }
        // Memory, and with run statistics three more.
        if enablesPerProgramMetrics { limits.rendered.perProgram = 4 * line }
        if collectsHolders { limits.rendered.perHolder = 3 * line }
        return limits
    }
}
