import EBPFMetrics
import Exposition
import Foundation
import KernelObjects
import KernelSources
import ObjectInventory
import TestSupport
import Testing

/// What exporters make of a collection on a fixture.
@Suite struct SnapshotOutputTests {
    private func collector(
        _ kernel: String, _ change: (inout CollectorConfiguration) -> Void = { _ in }
    ) -> EBPFMetricsCollector {
        var configuration = CollectorConfiguration.all
        configuration.sources = [.procfs]
        configuration.collectsHolders = true
        configuration.paths = HostPaths(
            procfs: Fixtures.path("texts/\(kernel)/proc"), sysfs: Fixtures.path("texts/\(kernel)/sys"))
        change(&configuration)
        return EBPFMetricsCollector(configuration: configuration)
    }

    private func text(_ write: (@escaping ([UInt8]) -> Void) -> Void) -> String {
        let bytes = Bytes()
        write { bytes.all += $0 }
        return String(decoding: bytes.all, as: UTF8.self)
    }

    private final class Bytes { var all: [UInt8] = [] }

    @Test func prometheusShowsLowerBoundsAndLeavesOutWhatIsUnknown() async throws {
        let collector = collector("6.12")
        await collector.collect()
        let registry = await collector.registry
        let lines = text { PrometheusText.write(registry, to: $0) }.split(separator: "\n").map(String.init)
        #expect(lines.contains("odigos_ebpf_maps_total 38"))
        #expect(lines.contains("odigos_ebpf_maps_memory_bytes 85240"))
        #expect(lines.contains("odigos_ebpf_programs_total 20"))
        #expect(lines.contains("odigos_ebpf_programs_memory_bytes 81920"))
        #expect(lines.contains("odigos_ebpf_links 13"))
        // No source looked for pins: there is a type, and no value.
        #expect(lines.contains("# TYPE odigos_ebpf_pins gauge"))
        #expect(!lines.contains { $0.hasPrefix("odigos_ebpf_pins ") })
        for fact in Fact.allCases {
            #expect(lines.contains("odigos_ebpf_collection_complete{of=\"\(fact.name)\"} 0"))
        }
        #expect(lines.contains("odigos_ebpf_collection_errors_total 0"))
        #expect(lines.contains("odigos_ebpf_collection_duration_ms_count 1"))
        #expect(lines.contains("odigos_ebpf_collection_duration_ms_bucket{le=\"+Inf\"} 1"))
        #expect(lines.contains("odigos_ebpf_memory_info{estimator=\"map_mem_usage\"} 1"))
        #expect(
            lines.contains(
                "odigos_ebpf_map_memory_bytes{map_id=\"1\",map_name=\"\",map_type=\"hash\",key_size=\"4\",value_size=\"8\",max_entries=\"128\"} 11240"
            ))
        #expect(lines.contains { $0.hasPrefix("odigos_ebpf_process_maps{pid=\"100\"") && $0.hasSuffix("} 38") })
    }

    @Test func countersGrowAndValuesDoNotAddUp() async throws {
        let collector = collector("6.12")
        for _ in 0..<3 { await collector.collect() }
        let registry = await collector.registry
        let lines = text { PrometheusText.write(registry, to: $0) }.split(separator: "\n")
        #expect(lines.contains("odigos_ebpf_maps_memory_bytes 85240"))
        #expect(lines.contains("odigos_ebpf_collection_duration_ms_count 3"))
    }

    @Test func aFilterThatCannotJudgeLeavesTotalsUnknown() async throws {
        let collector = collector("6.12") { $0.programPrefixes = ["odigos_"] }
        let snapshot = await collector.collect()
        // Most names are not known here, and no map belongs to a program for all that can be told.
        #expect(snapshot.totals.programs == .unknown)
        #expect(snapshot.totals.programsWithUnknownName > 0)
        #expect(snapshot.totals.programsWithOtherPrefix > 0)
        #expect(snapshot.inventory.programs.isEmpty)
    }

    @Test func callersShareACollection() async throws {
        let collector = collector("6.1")
        async let first = collector.collect()
        async let second = collector.collect()
        async let third = collector.collect()
        let starts = await [first.startedAt, second.startedAt, third.startedAt]
        let registry = await collector.registry
        let lines = text { PrometheusText.write(registry, to: $0) }
        let count = Set(starts).count
        #expect(lines.contains("odigos_ebpf_collection_duration_ms_count \(count)\n"))
        #expect(count < 3)
    }

    @Test(
        .enabled(if: SchemaValidator.isThere, "needs python3 with the jsonschema module"), arguments: Fixtures.kernels)
    func jsonKeepsToItsSchema(_ kernel: String) async throws {
        let snapshot = await collector(kernel).collect()
        let json = text { SnapshotJSON.write(snapshot, to: $0) }
        #expect(try SchemaValidator.validate(json, schema: "collect-v1") == "")
        let report = DoctorReport(snapshot, prefixes: ["odigos_"])
        #expect(try SchemaValidator.validate(text { DoctorJSON.write(report, to: $0) }, schema: "doctor-v1") == "")
    }

    @Test func jsonSaysWhatIsKnownAndNullForTheRest() async throws {
        let snapshot = await collector("6.12").collect()
        let json = try JSON(Data(text { SnapshotJSON.write(snapshot, to: $0) }.utf8))
        #expect(json["totals"]["maps"]["value"].int == 38)
        #expect(json["totals"]["maps"]["exact"].bool == false)
        #expect(json["totals"]["pins"]["value"].isNull)
        let hash = try #require(json["maps"].elements.first { $0["id"].int == 1 })
        #expect(hash["name"].isNull && hash["type"].string == "hash" && hash["memlock"].int == 11240)
        #expect(json["programs"].elements.allSatisfy { $0["map_ids"].isNull })
        #expect(json["holders"].elements.map { $0["pid"].int } == [100])
    }

    @Test func tablesMakeHostileNamesHarmless() async throws {
        var configuration = CollectorConfiguration.all
        configuration.sources = [.procfs]
        configuration.collectsHolders = true
        configuration.allowsUnsafeLinkFDInfo = true
        configuration.paths = HostPaths(procfs: Fixtures.path("hostile/proc"), sysfs: Fixtures.path("hostile/sys"))
        let snapshot = await EBPFMetricsCollector(configuration: configuration).collect()
        var table = SnapshotTable()
        table.showsHolders = true
        let text = table.text(of: snapshot)
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(text.contains("\\u{1b}"))
        #expect(text.contains("partial"))
        #expect(text.contains("This is not everything:"))
        let json = try JSON(Data(self.text { SnapshotJSON.write(snapshot, to: $0) }.utf8))
        let hostile = try #require(json["holders"].elements.first { $0["pid"].int == 301 })
        #expect(hostile["comm_hex"].string != nil)
    }
}
