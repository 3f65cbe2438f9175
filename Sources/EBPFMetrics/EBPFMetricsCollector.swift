public import CoreMetrics
package import KernelSources
public import Logging
import ObjectInventory

/// Collects what eBPF costs this host, with whatever rights there are.
///
/// ```swift
/// let collector = EBPFMetricsCollector(configuration: .detailed, logger: logger)
/// let collection = await collector.collect()
/// print(collection.totals.mapMemory)      // .exact(81920), .atLeast(4096) or .unknown
/// ```
///
/// Callers that ask while a collection runs share its result.
public actor EBPFMetricsCollector {
    /// What it collects.
    public private(set) var configuration: CollectorConfiguration
    private let logger: Logger
    private var scanner: Scanner
    private var reporter: SwiftMetricsReporter?
    private var inFlight: Task<Snapshot, Never>?
    private var pause: Task<Void, Never>?
    /// The metrics of all collections so far.
    public private(set) var registry: MetricsRegistry

    /// A collector that writes to this log: errors and losses as they happen, everything seen at debug level.
    ///
    /// - Parameter metrics: the swift-metrics backend that gets every metric after each collection, as a rule the one
    ///   that the application has bootstrapped; nil for none.
    public init(
        configuration: CollectorConfiguration = .production,
        logger: Logger = Logger(label: "ebpf-metrics") { _ in SwiftLogNoOpLogHandler() },
        metrics: (any MetricsFactory)? = MetricsSystem.factory
    ) {
        self.init(configuration: configuration, logger: logger, metrics: metrics, host: LiveHost())
    }

    /// A collector of another host's objects: of a recorded one.
    package init(
        configuration: CollectorConfiguration, logger: Logger, metrics: (any MetricsFactory)?, host: any Host
    ) {
        self.configuration = configuration
        self.logger = logger
        scanner = Scanner(configuration: configuration, logger: logger, host: host)
        registry = MetricsRegistry(configuration: configuration)
        reporter = metrics.map { SwiftMetricsReporter($0) }
    }

    /// Collects by another configuration from now on. Everything counted so far goes on counting.
    public func reconfigure(_ configuration: CollectorConfiguration) async {
        // A collection that runs still belongs to the old one.
        while let running = inFlight { _ = await running.value }
        guard configuration != self.configuration else { return }
        // Run statistics stay on in between, or runs would be missed.
        let statistics = configuration.enablesRunStatistics ? await scanner.runStatistics : nil
        self.configuration = configuration
        scanner = Scanner(
            configuration: configuration, logger: logger, host: scanner.host, runStatistics: statistics)
        registry.configuration = configuration
        pause?.cancel()
    }

    /// Waits until the interval since `begun` is over, or there is a new configuration.
    func pause(from begun: ContinuousClock.Instant) async {
        let due = begun.advanced(by: configuration.collectionInterval)
        let pause = Task { _ = try? await Task.sleep(until: due, clock: .continuous) }
        self.pause = pause
        await withTaskCancellationHandler {
            await pause.value
        } onCancel: {
            pause.cancel()
        }
        self.pause = nil
    }

    /// Collects once. Never fails as a whole: what could not be learnt is unknown in the result, with the reason.
    @discardableResult
    public func collect() async -> Snapshot {
        if let inFlight { return await inFlight.value }
        // Recorded inside of the task: whoever joins it finds the registry as fresh as the snapshot.
        let task = Task {
            let snapshot = await scanner.collect()
            registry.record(snapshot)
            reporter?.report(registry)
            inFlight = nil
            return snapshot
        }
        inFlight = task
        return await task.value
    }

    /// What the last collection holds, in bytes, and the most it held.
    public var memoryUsage: MemoryUsage {
        MemoryUsage(
            used: registry.last?.heldBytes ?? 0, peak: registry.last?.peakBytes ?? 0,
            limit: configuration.maxMemoryBytes)
    }

    /// Memory held by a collection.
    public struct MemoryUsage: Sendable, Equatable {
        /// Bytes held now.
        public let used: Int
        /// The most bytes held while it was made.
        public let peak: Int
        /// The bound.
        public let limit: Int
    }
}
