import EBPFMetrics
import Exposition
import Foundation
import KernelObjects
import KernelSources
import TestSupport
import Testing

/// The two text formats, read by the Python client of Prometheus.
@Suite struct OpenMetricsTests {
    private static let python = Python(with: "prometheus_client.openmetrics.parser")

    private func registry(_ fixture: String) async -> MetricsRegistry {
        var configuration = CollectorConfiguration.all
        configuration.sources = [.procfs]
        configuration.collectsHolders = true
        configuration.allowsUnsafeLinkFDInfo = true
        configuration.paths = HostPaths(procfs: fixture + "/proc", sysfs: fixture + "/sys")
        let collector = EBPFMetricsCollector(configuration: configuration)
        await collector.collect()
        return await collector.registry
    }

    private func bytes(_ write: (@escaping ([UInt8]) -> Void) -> Void) -> [UInt8] {
        let bytes = Bytes()
        write { bytes.all += $0 }
        return bytes.all
    }

    private final class Bytes { var all: [UInt8] = [] }

    private func openMetrics(_ registry: MetricsRegistry) -> [UInt8] {
        bytes { OpenMetricsText.write(registry, to: $0) }
    }

    private func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    @Test func familiesAreNamedAndTypedAsTheSpecificationWants() async {
        let registry = await registry(Fixtures.path("texts/6.12"))
        let lines = lines(openMetrics(registry))
        let started = lines.first { $0.hasPrefix("odigos_ebpf_collection_errors_created ") }
        #expect(started == "odigos_ebpf_collection_errors_created \(registry.startedAt)")
        for line in [
            "# TYPE odigos_ebpf_collection_errors counter",
            "odigos_ebpf_collection_errors_total 0",
            "odigos_ebpf_collection_skipped_created{source=\"procfs\",reason=\"vanished\"} \(registry.startedAt)",
            // Odigos' own names: a gauge may end so, as long as no counter is named alike.
            "# TYPE odigos_ebpf_programs_total gauge",
            "odigos_ebpf_programs_total 20",
            "odigos_ebpf_maps_total 38",
            "# TYPE odigos_ebpf_memory info",
            "odigos_ebpf_memory_info{estimator=\"map_mem_usage\"} 1",
            "# TYPE odigos_ebpf_build info",
            "odigos_ebpf_build_info{version=\"\(BuildInfo.version)\"} 1",
            "# TYPE odigos_ebpf_collection_duration_ms histogram",
            "# UNIT odigos_ebpf_collection_duration_ms ms",
            "odigos_ebpf_collection_duration_ms_bucket{le=\"+Inf\"} 1",
            "odigos_ebpf_collection_duration_ms_count 1",
            "odigos_ebpf_collection_duration_ms_created \(registry.startedAt)",
            "# UNIT odigos_ebpf_maps_memory_bytes bytes",
            "# UNIT odigos_ebpf_source_duration_seconds seconds",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        let bounds = lines.filter { $0.hasPrefix("odigos_ebpf_collection_duration_ms_bucket") }
            .map { $0.split(separator: "\"")[1] }
        #expect(
            bounds == [
                "1.0", "2.5", "5.0", "10.0", "25.0", "50.0", "100.0", "250.0", "500.0", "1000.0", "2500.0", "5000.0",
                "+Inf",
            ])
        #expect(!lines.contains { $0.hasPrefix("# UNIT odigos_ebpf_links") })
        #expect(Array(lines.suffix(2)) == ["# EOF", ""])
    }

    @Test func countersOfTheKernelDoNotClaimToBeginWithUs() async throws {
        let fixture = try copy(of: "texts/6.12") { folder in
            try FileManager.default.createDirectory(
                at: folder.appending(path: "proc/sys/kernel"), withIntermediateDirectories: true)
            try Data("1\n".utf8).write(to: folder.appending(path: "proc/sys/kernel/bpf_stats_enabled"))
        }
        defer { try? FileManager.default.removeItem(at: fixture) }
        let lines = lines(openMetrics(await registry(fixture.path)))
        #expect(lines.contains("# TYPE odigos_ebpf_program_run_time_seconds counter"))
        #expect(lines.contains("# UNIT odigos_ebpf_program_run_time_seconds seconds"))
        #expect(lines.contains { $0.hasPrefix("odigos_ebpf_program_run_count_total{") })
        #expect(!lines.contains { $0.hasPrefix("odigos_ebpf_program_run_count_created") })
    }

    /// Every sample with its labels and value, by the name of its family and type.
    private static let listing = """
        import json, sys
        from prometheus_client import parser
        from prometheus_client.openmetrics import parser as openmetrics
        text = open(sys.argv[1], encoding="utf-8", newline="").read()
        parse = openmetrics if text.endswith("# EOF\\n") else parser
        print(json.dumps([
            [f.name, f.type, f.unit, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]]
            for f in parse.text_string_to_metric_families(text)]))
        """

    @Test(.enabled(if: python != nil, "needs python3 with prometheus-client"), arguments: Fixtures.kernels)
    func anotherReaderFindsTheSameInBothFormats(_ kernel: String) async throws {
        let python = try #require(Self.python)
        let registry = await registry(Fixtures.path("texts/\(kernel)"))
        let openMetrics = try python.read(openMetrics(registry), Self.listing)
        let text = try python.read(bytes { PrometheusText.write(registry, to: $0) }, Self.listing)
        #expect(samples(text).count > 50)
        // OpenMetrics has the same samples, with the same values, and tells when counting began as well.
        #expect(samples(openMetrics).filter { !($0["name"].string ?? "").hasSuffix("_created") } == samples(text))
        let unit = openMetrics.elements.first { $0.elements[0].string == "odigos_ebpf_maps_memory_bytes" }
        #expect(unit?.elements[2].string == "bytes")
        #expect(openMetrics.elements.allSatisfy { !($0.elements[3].string ?? "").isEmpty })
    }

    private func samples(_ listing: JSON) -> [JSON] {
        listing.elements.flatMap { family in
            family.elements[4].elements.map { sample in
                var labels = sample.elements[1]
                // The one label that is written differently.
                if case .object(var members) = labels, let bound = members["le"]?.string, let number = Double(bound) {
                    members["le"] = .number(number)
                    labels = .object(members)
                }
                return .object(["name": sample.elements[0], "labels": labels, "value": sample.elements[2]])
            }
        }
    }

    @Test(.enabled(if: python != nil, "needs python3 with prometheus-client"))
    func hostileNamesComeThroughAsText() async throws {
        let python = try #require(Self.python)
        // At most 15 bytes.
        let comm: [UInt8] = Array("a\"b\\c\n# EOF".utf8) + [0xFF, 0xC3, 0x28]
        let fixture = try copy(of: "hostile") { folder in
            try Data(comm + [0x0A]).write(to: folder.appending(path: "proc/300/comm"))
        }
        defer { try? FileManager.default.removeItem(at: fixture) }
        let registry = await registry(fixture.path)
        for page in [openMetrics(registry), bytes { PrometheusText.write(registry, to: $0) }] {
            #expect(String(validating: page, as: UTF8.self) != nil)
            let samples = samples(try python.read(page, Self.listing))
            let held = samples.filter { $0["labels"]["pid"].string == "300" }
            #expect(!held.isEmpty)
            #expect(held.allSatisfy { $0["labels"]["comm"].string == "a\"b\\c\n# EOF\u{FFFD}\u{FFFD}(" })
        }
    }

    /// A fixture that may be changed.
    private func copy(of fixture: String, _ change: (URL) throws -> Void) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: Fixtures.path(fixture), toPath: folder.path)
        try change(folder)
        return folder
    }
}
