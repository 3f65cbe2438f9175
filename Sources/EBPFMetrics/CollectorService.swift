public import ServiceLifecycle

extension EBPFMetricsCollector: Service {
    /// Collects on the configuration's interval, the first time at once, until the service group shuts down.
    public func run() async throws {
        await run { _ in }
    }

    /// The same, and shows each collection to `body` before the next begins.
    public func run(_ body: @escaping @Sendable (MetricsRegistry) async -> Void) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // From start to start; what a long collection missed is not made up for.
                let begun = ContinuousClock.now
                await self.collect()
                await body(self.registry)
                await self.pause(from: begun)
            }
        }
    }
}
