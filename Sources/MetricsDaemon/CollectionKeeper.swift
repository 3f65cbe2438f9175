internal import EBPFMetrics
internal import LinuxSystem

/// The newest collection, and the way to a newer one.
actor CollectionKeeper {
    let collector: EBPFMetricsCollector
    private(set) var newest: CollectedPages?
    private var takenAt = MonotonicTime.now

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
        return pages
    }

    /// The newest collection, not older than `maxAge`: before the first, or when it is older, one is made.
    func pages(notOlderThan maxAge: Duration?) async -> CollectedPages {
        if let newest, maxAge.map({ MonotonicTime.now.since(takenAt) <= $0 }) ?? true { return newest }
        await collector.collect()
        return take(await collector.registry)
    }
}
