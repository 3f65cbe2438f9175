import Benchmark
import EBPFMetrics
import Exposition
import KernelObjects
import KernelSources
import ObjectInventory

/// The parts that need no kernel, each for the whole of what it does in a collection: 10,000 maps, or the recorded
/// texts of one holder. Names without blanks: thresholds are not found again under others. Figures are of a machine; a threshold tells of a change there.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuUser, .throughput], maxDuration: .seconds(3),
        thresholds: [
            // Other machines, and the same one at another hour, differ by as much.
            .wallClock: .init(relative: [.p50: 100, .p90: 100]), .cpuUser: .init(relative: [.p50: 100, .p90: 100]),
            .throughput: .init(relative: [.p50: 50, .p90: 50]),
        ])
    let maps = (1...10_000).map { id in
        var map = BPFMap(id: ObjectID(id), source: .libbpf)
        (map.type, map.name, map.keySize, map.valueSize) = (.array, KernelName("map_\(id)"), 4, 8)
        (map.maxEntries, map.flags, map.memlock) = (1, 0, 4096)
        return map
    }
    let limits = InventoryLimits(maxMemoryBytes: 64 << 20)

    Benchmark("inventory-10000-maps") { benchmark in
        for _ in benchmark.scaledIterations {
            var inventory = Inventory(limits: limits)
            for map in maps { inventory.add(map) }
            blackHole(inventory.finish(covered: .objects))
        }
    }

    Benchmark("recalling-10000-known-maps") { benchmark in
        var known = KnownFacts(limit: 64 << 20)
        known.begin(isFull: true)
        for map in maps { _ = known.remember(map) }
        known.end()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            known.begin(isFull: false)
            for map in maps { blackHole(known.recall(map: map.id, for: .libbpf)) }
            known.end()
        }
    }

    Benchmark("recorded-fdinfo-of-one-holder") { benchmark in
        let source = ProcfsSource(access: AccessProbe(paths: recorded).probe())
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            var inventory = Inventory(limits: limits)
            blackHole(source.scan(into: &inventory, ScanContext()))
        }
    }

    Benchmark("prometheus-page-of-that-holder") { benchmark in
        var configuration = CollectorConfiguration.detailed
        configuration.paths = recorded
        configuration.sources = [.procfs]
        let collector = EBPFMetricsCollector(configuration: configuration, metrics: nil)
        await collector.collect()
        let registry = await collector.registry
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            var count = 0
            PrometheusText.write(registry) { count += $0.count }
            blackHole(count)
        }
    }
}

/// A holder of 92 kinds of fd, as kernel 6.12 printed them.
private let recorded = HostPaths(procfs: "../fixtures/texts/6.12/proc", sysfs: "../fixtures/texts/6.12/sys")
