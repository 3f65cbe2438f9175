internal import EBPFMetrics
internal import LinuxSystem

/// The newest collection, and the way to a newer one.
actor CollectionKeeper {
    let collector: EBPFMetricsCollector
    private(set) var newest: CollectedPages?
    private var takenAt = MonotonicTime.now
    private var unmappedAt: MonotonicTime?

    /// Between two collections a daemon runs little code. What is run again costs a page fault for each 16 pages.
    private static let unmapInterval: Duration = .seconds(10)

    init(_ collector: EBPFMetricsCollector) {
        self.collector = collector
    }

    /// Takes what was collected, unless it is here already: callers of one collection share its pages.
    @discardableResult
    func take(_ registry: MetricsRegistry) -> CollectedPages {
        if let newest, newest.registry.collections >= registry.collections { return newest }
        let pages = CollectedPages(registry)
        newest = pages
        takenAt = .now
        if unmappedAt.map({ takenAt.since($0) >= Self.unmapInterval }) ?? true {
            unmappedAt = takenAt
            OwnMemory.unmapCode()
        }
        return pages
    }

    /// The newest collection, not older than `maxAge`: before the first, or when it is older, one is made.
    func pages(notOlderThan maxAge: Duration?) async -> CollectedPages {
        if let newest, maxAge.map({ MonotonicTime.now.since(takenAt) <= $0 }) ?? true { return newest }
        await collector.collect()
        return take(await collector.registry)
    }
}
