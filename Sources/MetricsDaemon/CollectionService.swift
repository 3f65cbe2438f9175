internal import EBPFMetrics
internal import Logging
internal import OTLPExport
internal import ServiceLifecycle

/// Collects on the interval, and hands each collection on.
struct CollectionService: Service {
    let keeper: CollectionKeeper
    let exporter: OTLPExporter?
    let logger: Logger

    func run() async throws {
        let keeper = keeper
        let exporter: OTLPExporter? = exporter
        await keeper.collector.run { registry in
            await keeper.take(registry)
            await exporter?.submit(registry)
        }
    }
}

#if !OTLP
    /// Without the trait there is nothing to push with.
    enum OTLPExporter: Service, Sendable {
        func run() async throws {}
        func submit(_: MetricsRegistry) async {}
    }
#endif
