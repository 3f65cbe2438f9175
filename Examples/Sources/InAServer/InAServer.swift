import EBPFMetrics
import Logging
import Metrics
import ServiceLifecycle

/// A server that reports what eBPF costs its host through the metrics backend it has anyway.
@main
struct InAServer {
    static func main() async throws {
        let logger = Logger(label: "server")
        MetricsSystem.bootstrap(LoggedMetrics(logger: logger))

        var configuration = CollectorConfiguration.production
        configuration.collectionInterval = .seconds(10)
        let collector = EBPFMetricsCollector(
            configuration: configuration, logger: logger, metrics: MetricsSystem.factory)

        // Beside the server's own services; it ends with them, on SIGTERM.
        try await ServiceGroup(services: [collector], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            .run()
    }
}
