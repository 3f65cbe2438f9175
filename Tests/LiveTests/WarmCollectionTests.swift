import EBPFMetrics
import KernelObjects
import KernelSources
import ObjectInventory
import TestSupport
import Testing

/// Later collections of one collector tell what a new collector tells.
@Suite(.serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason))
struct WarmCollectionTests {
    private static let step = 1 << 20

    private func configuration(_ source: SourceKind, fullInterval: Duration = .seconds(600)) -> CollectorConfiguration {
        var configuration = CollectorConfiguration.all
        configuration.sources = [source]
        configuration.fullInterval = fullInterval
        return configuration
    }

    /// What of the workload a collection saw.
    private func seen(
        of workload: Workload, in snapshot: Snapshot
    ) -> (maps: [BPFMap], programs: [BPFProgram]) {
        func ids(_ kind: String) -> Set<Int> { Set(workload.of(kind).compactMap { $0["id"].int }) }
        let (maps, programs) = (ids("map"), ids("program"))
        return (
            snapshot.inventory.maps.filter { maps.contains(Int($0.id)) },
            // Run counts move by themselves.
            snapshot.inventory.programs.filter { programs.contains(Int($0.id)) }.map {
                var program = $0
                (program.runTime, program.runCount) = (nil, nil)
                return program
            }
        )
    }

    @Test(
        .enabled(if: Rights.hasLibbpf, Rights.libbpfReason),
        .enabled(if: KernelFacts.here.countsElements, "needs kernel 6.4, where the memory of a map is what it uses"))
    func aWalkOfIDsReadsAgainWhatMoves() async throws {
        let workload = try Workload(["--maps", "120", "--programs", "30", "--grow", "\(Self.step)"])
        defer { workload.end() }
        let collector = EBPFMetricsCollector(configuration: configuration(.libbpf))
        let first = await collector.collect()
        #expect(first.recognized.maps == 0 && first.recognized.programs == 0)
        #expect(first.readInFullAt == first.startedAt)
        let grown = try workload.grow()

        let second = await collector.collect()
        let cold = await EBPFMetricsCollector(configuration: configuration(.libbpf, fullInterval: .zero)).collect()
        #expect(second.recognized.maps >= 121 && second.recognized.programs >= 31)
        #expect(second.readInFullAt == first.startedAt)
        #expect(seen(of: workload, in: second).maps == seen(of: workload, in: cold).maps)
        #expect(seen(of: workload, in: second).programs == seen(of: workload, in: cold).programs)
        #expect(seen(of: workload, in: second).maps.count == 121)
        let map = try #require(second.inventory.maps.first { Int($0.id) == grown["id"].int })
        #expect(map.memlock.map { Int($0) } == grown["memlock"].int)
    }

    @Test func processesThatSeemUnchangedAreNotReadAndTheirObjectsAre() async throws {
        let workload = try Workload(["--maps", "60", "--programs", "20", "--processes", "2"])
        let collector = EBPFMetricsCollector(configuration: configuration(.procfs))
        let first = await collector.collect()
        let second = await collector.collect()
        #expect(seen(of: workload, in: second).maps == seen(of: workload, in: first).maps)
        #expect(seen(of: workload, in: second).programs == seen(of: workload, in: first).programs)
        #expect(seen(of: workload, in: second).maps.count >= 40)
        if KernelFacts.here.countsOpenFiles {
            // The two holders, and whoever else sits still.
            #expect(second.recognized.processes >= 2)
        }
        workload.end()
        let third = await collector.collect()
        #expect(seen(of: workload, in: third).maps.isEmpty)
    }

    @Test func withHoldersEveryProcessIsRead() async throws {
        var configuration = configuration(.procfs)
        configuration.collectsHolders = true
        let collector = EBPFMetricsCollector(configuration: configuration)
        await collector.collect()
        #expect(await collector.collect().recognized.processes == 0)
    }

    @Test func afterTheIntervalEverythingIsReadAnew() async throws {
        let collector = EBPFMetricsCollector(configuration: configuration(.procfs, fullInterval: .milliseconds(50)))
        await collector.collect()
        try await Task.sleep(for: .milliseconds(60))
        let second = await collector.collect()
        #expect(second.recognized.processes == 0)
        #expect(second.readInFullAt == second.startedAt)
    }
}
