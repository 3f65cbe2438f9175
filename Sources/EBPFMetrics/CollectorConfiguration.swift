public import KernelObjects
public import KernelSources

/// What a collector collects, and within which limits.
public struct CollectorConfiguration: Sendable, Equatable {
    /// The profile it began as.
    public var profile: Profile
    /// The most bytes that a collection may hold.
    public var maxMemoryBytes: Int
    /// How often a daemon collects.
    public var collectionInterval: Duration
    /// The longest that what an earlier collection read is relied on: within it everything is read anew. What can change
    /// unseen, and what cannot, is in docs/METRICS.md. Zero to read everything at each collection.
    public var fullInterval: Duration = .seconds(600)
    /// Which programs count: those whose kernel name begins with one of these; empty for all.
    public var programPrefixes: [String]
    /// The most maps to keep details of, those with the most memory first; nil for all.
    public var maxMapsToTrack: Int?
    /// The most programs to keep details of, those with the most memory first; nil for all.
    public var maxProgramsToTrack: Int?
    /// Whether each map has series of its own.
    public var enablesPerMapMetrics: Bool
    /// Whether each program has series of its own.
    public var enablesPerProgramMetrics: Bool
    /// Whether to tell which process holds what.
    public var collectsHolders = false
    /// Whether to walk bpffs even when another source sees all objects.
    public var collectsPins = true
    /// The sources to use; nil to choose by what this process may do.
    public var sources: [SourceKind]?
    /// Where the host's file systems are.
    public var paths = HostPaths()
    /// How long one collection may take; what is cut off by it is counted and named.
    public var deadline: Duration = .seconds(30)
    /// How many file descriptors the procfs source may look at.
    public var fdBudget = FDBudget()
    /// Whether to copy fds of other processes to learn names and maps.
    public var usesPidfdGetfd = true
    /// Whether to read the fdinfo of links on kernels that may crash of it.
    public var allowsUnsafeLinkFDInfo = false
    /// Whether to look up the full names of functions whose kernel name is cut short. Costs a walk through kallsyms.
    public var resolvesFullNames = false
    /// Whether to keep run statistics of programs on while the collector lives. Takes CAP_SYS_ADMIN; kernel 5.8; costs
    /// some 70 ns for each run of a program. Where it is refused, the log says so once.
    public var enablesRunStatistics = false
    /// Whether to tell what this process itself takes (`process_*`): for a program that has no other metrics.
    public var reportsProcess = false
    /// How many renderings of the metrics somebody keeps beside each collection: `maxMemoryBytes` leaves room for them.
    public var keptRenderings = 0
    /// The first part of every metric's name.
    public var metricPrefix = "odigos"

    /// A profile's name.
    public enum Profile: String, Sendable, CaseIterable {
        /// Totals only, seldom, in little memory.
        case highPerformance = "high-performance"
        /// Totals of the programs of Odigos.
        case production
        /// Every object.
        case detailed
        /// Every object and no limit on their number: for a look by hand.
        case all
    }

    /// 5 MiB, 120 s, programs `odigos_*`, totals only.
    public static let highPerformance = CollectorConfiguration(
        profile: .highPerformance, maxMemoryBytes: 5 << 20, collectionInterval: .seconds(120),
        programPrefixes: ["odigos_"], maxMapsToTrack: 100, maxProgramsToTrack: 50, enablesPerMapMetrics: false,
        enablesPerProgramMetrics: false)

    /// 10 MiB, 60 s, programs `odigos_*`, `trace_*`, `uprobe_*` and `uretprobe_*`, totals only. The default of a daemon.
    public static let production = CollectorConfiguration(
        profile: .production, maxMemoryBytes: 10 << 20, collectionInterval: .seconds(60),
        programPrefixes: ["odigos_", "trace_", "uprobe_", "uretprobe_"], maxMapsToTrack: 500, maxProgramsToTrack: 200,
        enablesPerMapMetrics: false, enablesPerProgramMetrics: false)

    /// 50 MiB, 30 s, all programs, each with series of its own.
    public static let detailed = CollectorConfiguration(
        profile: .detailed, maxMemoryBytes: 50 << 20, collectionInterval: .seconds(30), programPrefixes: [],
        maxMapsToTrack: 1000, maxProgramsToTrack: 500, enablesPerMapMetrics: true, enablesPerProgramMetrics: true)

    /// All objects of the host, each with series of its own, in at most 256 MiB. The default of a look by hand.
    public static let all = CollectorConfiguration(
        profile: .all, maxMemoryBytes: 256 << 20, collectionInterval: .seconds(30), programPrefixes: [],
        maxMapsToTrack: nil, maxProgramsToTrack: nil, enablesPerMapMetrics: true, enablesPerProgramMetrics: true)

    /// The configuration that a profile stands for.
    public static func of(_ profile: Profile) -> CollectorConfiguration {
        switch profile {
        case .highPerformance: .highPerformance
        case .production: .production
        case .detailed: .detailed
        case .all: .all
        }
    }
}
