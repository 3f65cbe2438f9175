public import ServiceLifecycle

extension EBPFMetricsCollector: Service {
    /// Collects on the configuration's interval, the first time at once, until the service group shuts down.
    public func run() async throws {
        await run { _ in }
    }

    /// The same, and shows each collection to `body` before the next begins.
    public func run(_ body: @escaping @Sendable (MetricsRegistry) async -> Void) async {
        await cancelWhenGracefulShutdown {
            let clock = ContinuousClock()
            var due = clock.now
            while !Task.isCancelled {
                await self.collect()
                await body(self.registry)
                // From start to start; what a long collection missed is not made up for.
                let interval = await self.configuration.collectionInterval
                due = max(due.advanced(by: interval), clock.now)
                try? await Task.sleep(until: due, clock: clock)
            }
        }
    }
}
