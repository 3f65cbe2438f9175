import EBPFMetrics
import KernelObjects
import KernelSources
import TestSupport

/// Registries to export.
enum Registries {
    /// What a collector holds after some collections of a fixture.
    static func of(_ fixture: String, collections: Int = 1) async -> MetricsRegistry {
        var configuration = CollectorConfiguration.all
        configuration.sources = [.procfs]
        configuration.collectsHolders = true
        configuration.paths = HostPaths(
            procfs: Fixtures.path("\(fixture)/proc"), sysfs: Fixtures.path("\(fixture)/sys"))
        let collector = EBPFMetricsCollector(configuration: configuration)
        for _ in 0..<collections { await collector.collect() }
        return await collector.registry
    }
}

/// Every sample that a registry has, for comparison.
struct SampleList: MetricVisitor {
    struct Sample {
        let family: MetricFamily
        let number: MetricNumber
        let labels: [MetricLabel]
    }

    private(set) var samples: [Sample] = []
    private(set) var distribution: DurationHistogram?
    private var family: MetricFamily?

    init(_ registry: MetricsRegistry) {
        registry.visit(&self)
    }

    mutating func begin(_ family: MetricFamily) { self.family = family }

    mutating func sample(_ number: MetricNumber, _ labels: [MetricLabel]) {
        guard let family else { return }
        samples.append(Sample(family: family, number: number, labels: labels))
    }

    mutating func histogram(_ histogram: DurationHistogram) { distribution = histogram }
}
