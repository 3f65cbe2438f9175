import Foundation
import TestSupport
import Testing

extension Backends {
    /// VictoriaMetrics as an OTLP backend, compared with the page of the same collection.
    @Suite(
        .enabled(if: Rights.canRunBPF, Rights.bpfReason), .enabled(if: Rights.hasLibbpf, Rights.libbpfReason),
        .enabled(if: Needs.hasClient, Needs.client), .enabled(if: VictoriaMetrics.isThere, Needs.victoriaMetrics))
    struct OTLPBackendTests {
        /// How the receiver calls what the page calls otherwise: it appends units that the name does not end with.
        private static func received(_ name: String) -> String {
            for suffix in ["bucket", "sum", "count"] where name == "odigos_ebpf_collection_duration_ms_\(suffix)" {
                return "odigos_ebpf_collection_duration_ms_milliseconds_\(suffix)"
            }
            return name
        }

        @Test func itHasTheValuesOfThePageAndCountsNothingTwiceAfterAnOutage() throws {
            try ScratchFolder.with { folder in
                try Workload.with(["--maps", "12", "--programs", "6"]) { _ in
                    let first = try VictoriaMetrics(in: folder)
                    let environment = [
                        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": first.otlp, "OTEL_METRIC_EXPORT_INTERVAL": "1000",
                    ]
                    let arguments = Flag.detailed + Flag.interval(4)
                    try Daemon.with(arguments, environment: environment, in: folder) { daemon in
                        let before = try Self.compare(daemon, first)
                        let memory = try daemon.anonymousMemory()
                        first.program.stop()
                        // Two collections and many exports that nobody takes.
                        let lost = try #require(before.value("odigos_ebpf_collection_duration_ms_count")) + 2
                        _ = try daemon.page(with: "two more collections") { page in
                            (page.value("odigos_ebpf_collection_duration_ms_count") ?? 0) >= lost ? () : nil
                        }
                        let second = try VictoriaMetrics(port: first.port, in: folder)
                        defer { second.program.stop() }
                        let after = try Self.compare(daemon, second)
                        let count = "odigos_ebpf_collection_duration_ms_count"
                        #expect(try #require(after.value(count)) >= lost)
                        // One process, one start: no counter ever fell.
                        #expect(try second.value("resets(\(Self.received(count))[1h])") == 0)
                        #expect(try daemon.anonymousMemory() - memory < 1 << 20)
                    }
                }
            }
        }

        /// Waits until the backend shows a collection whose page we saw, with every series of it. That page.
        ///
        /// What a backend received it shows seconds later, when the page may be that of another collection.
        private static func compare(_ daemon: Daemon, _ backend: VictoriaMetrics) throws -> MetricsPage {
            let time = "odigos_ebpf_collection_timestamp_seconds"
            var pages: [MetricsPage] = []
            var differences: [String] = []
            do {
                return try backend.wait(for: "a collection of ours in the backend") {
                    pages.append(try daemon.page())
                    let received = Dictionary(grouping: try backend.query("{__name__=~\"odigos_ebpf_.+\"}"), by: \.name)
                    guard let collected = received[time]?.first?.value,
                        let same = pages.last(where: { equal($0.value(time), collected) })
                    else { return nil }
                    differences = Self.differences(same, received)
                    return differences.isEmpty ? same : nil
                }
            } catch {
                throw BackgroundProgram.Failure(description: "\(differences)\n\(error)")
            }
        }

        private static func differences(_ page: MetricsPage, _ received: [String: [PromQLSample]]) -> [String] {
            page.samples.filter { $0.name.hasPrefix("odigos_ebpf_") }.compactMap { sample in
                let found = (received[Self.received(sample.name)] ?? []).filter { has($0.labels, sample.labels) }
                if found.count == 1, equal(found[0].value, sample.value) { return nil }
                return "\(sample): \(found.map(\.value))"
            }
        }

        /// VictoriaMetrics stores decimal numbers of some 15 digits.
        private static func equal(_ one: Double?, _ other: Double) -> Bool {
            one.map { abs($0 - other) <= 1e-14 * abs(other) } ?? false
        }

        /// Whether these are the page's labels, and whatever the backend knows of the process. An empty label is none.
        private static func has(_ received: [String: String], _ own: [String: String]) -> Bool {
            own.allSatisfy { key, value in
                // 5 and 5.0 are one bound.
                key == "le" ? received[key].flatMap(Double.init) == Double(value) : received[key] ?? "" == value
            }
        }
    }
}
