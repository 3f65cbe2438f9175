import KernelObjects
import KernelSources
import Logging
import MetricsTestKit
import ObjectInventory
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import EBPFMetrics

/// The collector in somebody's server: reporting to swift-metrics, running as a service.
@Suite struct SwiftMetricsTests {
    private func configuration(_ kernel: String = "6.12") -> CollectorConfiguration {
        var configuration = CollectorConfiguration.detailed
        configuration.sources = [.procfs]
        configuration.paths = HostPaths(
            procfs: Fixtures.path("texts/\(kernel)/proc"), sysfs: Fixtures.path("texts/\(kernel)/sys"))
        return configuration
    }

    @Test func valuesAreSetAndCountersMoveByTheirGrowth() async throws {
        let metrics = TestMetrics()
        let collector = EBPFMetricsCollector(configuration: configuration(), metrics: metrics)
        for _ in 0..<3 { await collector.collect() }
        #expect(try metrics.expectMeter("odigos.ebpf.maps.total").lastValue == 38)
        #expect(try metrics.expectMeter("odigos.ebpf.maps.memory_bytes").lastValue == 85240)
        #expect(try metrics.expectCounter("odigos.ebpf.collection.errors_total").totalValue == 0)
        #expect(try metrics.expectRecorder("odigos.ebpf.collection.duration_ms").values.count == 3)
        // Nobody looked for pins: there is no instrument, and so no zero.
        #expect(metrics.meters(label: "odigos.ebpf.pins").isEmpty)
        let skipped = try metrics.expectCounter(
            "odigos.ebpf.collection.skipped_total", [("source", "procfs"), ("reason", "vanished")])
        #expect(skipped.values.allSatisfy { $0 >= 0 })
        let map = metrics.meters(label: "odigos.ebpf.map.memory_bytes").first {
            $0.dimensions.first { $0.0 == "map_id" }?.1 == "1"
        }
        #expect(map?.lastValue == 11240)
    }

    @Test func whatIsGoneIsDestroyed() async throws {
        let metrics = TestMetrics()
        let collector = EBPFMetricsCollector(configuration: configuration(), metrics: metrics)
        await collector.collect()
        #expect(metrics.meters(label: "odigos.ebpf.map.memory_bytes").count == 38)
        // A world with fewer maps.
        await collector.reconfigure(configuration("5.10"))
        await collector.collect()
        let registry = await collector.registry
        let maps = try #require(registry.last).inventory.maps.filter { $0.memlock != nil }.count
        #expect(maps != 38)
        #expect(metrics.meters(label: "odigos.ebpf.map.memory_bytes").count == maps)
    }

    @Test func countersGoOnOverANewConfiguration() async throws {
        let collector = EBPFMetricsCollector(configuration: configuration(), metrics: nil)
        await collector.collect()
        var next = configuration()
        next.metricPrefix = "host"
        await collector.reconfigure(next)
        await collector.collect()
        var counts = Durations()
        let registry = await collector.registry
        registry.visit(&counts)
        #expect(counts.count == 2)
        #expect(registry.configuration.metricPrefix == "host")
    }

    private struct Durations: MetricVisitor {
        var count: UInt64 = 0
        mutating func begin(_ family: MetricFamily) {}
        mutating func sample(_ number: MetricNumber, _ labels: [MetricLabel]) {}
        mutating func histogram(_ histogram: DurationHistogram) { count = histogram.count }
    }

    @Test(.timeLimit(.minutes(1))) func runsAsAServiceUntilItIsShutDown() async throws {
        var configuration = configuration()
        configuration.collectionInterval = .milliseconds(1)
        let collector = EBPFMetricsCollector(configuration: configuration, metrics: nil)
        let group = ServiceGroup(services: [collector], logger: .init(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var counts = Durations()
            while counts.count < 3 {
                try await Task.sleep(for: .milliseconds(5))
                await collector.registry.visit(&counts)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func theOwnProcessIsToldWhereItIsAskedFor() async throws {
        var configuration = configuration()
        configuration.reportsProcess = true
        let metrics = TestMetrics()
        await EBPFMetricsCollector(configuration: configuration, metrics: metrics).collect()
        func value(_ name: String) throws -> Double { try #require(try metrics.expectMeter(name).lastValue) }
        #expect(try value("process.resident_memory_bytes") > 1_048_576)
        #expect(try value("process.open_fds") >= 3)
        #expect(try value("process.start_time_seconds") > 1_600_000_000)
    }
}
