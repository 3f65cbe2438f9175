import KernelObjects
import KernelSources
import LinuxSystem
import Logging
import ObjectInventory

/// Runs the sources, one collection at a time, on a thread of its own.
actor Scanner {
    private let executor = ScanExecutor()
    private let configuration: CollectorConfiguration
    private let logger: Logger
    private var access: KernelAccess?
    private var probedAt = MonotonicTime.now

    /// Rights and mounts change seldom; looking again this often is enough, and at once after a refusal.
    private static let probeInterval: Duration = .seconds(60)

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(configuration: CollectorConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    func collect() -> Snapshot {
        let startedAt = MonotonicTime.wallClockSeconds
        let start = MonotonicTime.now
        var access = currentAccess(looksIntoProcesses: configuration.looksIntoProcesses)
        let sources = sources(access)
        var assessments = sources.map { $0.assess() }
        let plan = CollectionPlan(
            assessments: assessments, wantsHolders: configuration.collectsHolders,
            wantsPins: configuration.collectsPins, forced: configuration.sources)
        logger.debug(
            "plan", metadata: ["sources": "\(plan.sources.map(\.name))", "fallbacks": "\(plan.fallbacks.map(\.name))"])

        var inventory = Inventory(
            limits: configuration.limits, filter: ProgramFilter(prefixes: configuration.programPrefixes))
        let context = scanContext()
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
            let others = self.sources(access)
            assessments = others.map { $0.assess() }
            run(others, plan.fallbacks)
        }
        let nameLimitation = mendNames(&inventory, access)
        let covered = reports.reduce(into: Coverage()) { $0.formUnion($1.covered) }
        let (totals, complete) = inventory.finish(covered: covered)
        let collection = Snapshot(
            inventory: inventory, totals: totals, complete: complete, plan: plan, assessments: assessments,
            reports: reports, nameLimitation: nameLimitation, access: access, startedAt: startedAt,
            duration: MonotonicTime.now.since(start))
        CollectionLog(logger).log(collection)
        return collection
    }

    private func currentAccess(looksIntoProcesses: Bool) -> KernelAccess {
        if let access, MonotonicTime.now < probedAt.adding(Self.probeInterval) { return access }
        let found = AccessProbe(paths: configuration.paths).probe(looksIntoProcesses: looksIntoProcesses)
        access = found
        probedAt = .now
        return found
    }

    private func sources(_ access: KernelAccess) -> [any KernelSource] {
        [
            IDEnumerationSource(access: access),
            ProcfsSource(
                access: access, allowsUnsafeLinkFDInfo: configuration.allowsUnsafeLinkFDInfo,
                usesPidfdGetfd: configuration.usesPidfdGetfd),
            BpffsSource(access: access),
        ]
    }

    private func scanContext() -> ScanContext {
        let logger = logger
        return ScanContext(
            deadline: .after(configuration.deadline), collectsHolders: configuration.collectsHolders,
            fdBudget: configuration.fdBudget
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
    var looksIntoProcesses: Bool { collectsHolders || sources?.contains(.procfs) == true }

    var limits: InventoryLimits {
        InventoryLimits(maxMemoryBytes: maxMemoryBytes, maxMaps: maxMapsToTrack, maxPrograms: maxProgramsToTrack)
    }
}
