import Foundation
import TestSupport
import Testing

extension Backends {
    /// The page in the eyes of others' parsers.
    @Suite(
        .enabled(if: Rights.canRunBPF, Rights.bpfReason), .enabled(if: Rights.hasLibbpf, Rights.libbpfReason),
        .enabled(if: Needs.hasClient, Needs.client))
    struct PageTests {
        /// What promtool has against names that are given.
        private static let complaints: Set<String> = [
            "odigos_ebpf_collection_duration_ms metric names should not contain abbreviated units",
            #"odigos_ebpf_maps_total non-counter metrics should not have "_total" suffix"#,
            #"odigos_ebpf_programs_total non-counter metrics should not have "_total" suffix"#,
        ]

        @Test(.enabled(if: Needs.hasDistribution, Needs.distribution))
        func promtoolHasNothingAgainstItButTheNamesThatAreGiven() throws {
            try withHostileNames { daemon, folder, _ in
                let page = try folder.write("page.prom", daemon.client.get("/metrics").text)
                for build in [PrometheusBuild.distribution, .newer].compactMap(\.self) {
                    let command = "exec " + (build.promtool.words + ["check", "metrics"]).joined(separator: " ")
                    let result = try Program("sh", ["-c", command + " < '\(page)'"]).run()
                    let lines = (result.text + result.errors).split(separator: "\n").map(String.init)
                    #expect(Set(lines) == Self.complaints && lines.count == 3, "\(build.version)")
                }
            }
        }

        @Test(.enabled(if: OpenMetricsParser.isThere, "needs Python's prometheus_client"))
        func anOpenMetricsParserReadsHostileNames() throws {
            try withHostileNames { daemon, _, hostile in
                let answer = try daemon.client.get(
                    "/metrics", headers: ["Accept": "application/openmetrics-text; version=1.0.0"])
                #expect(
                    answer.headers["content-type"]?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
                let samples = try OpenMetricsParser.labels(answer.body)
                let id = String(try #require(hostile["id"].int))
                let map = try #require(samples.first { $0["map_id"].string == id })
                #expect(map["map_name"].string == "wl_\u{FFFD}\u{FFFD}\u{FFFD}_host")
                let pid = String(try #require(hostile["pid"].int))
                let holder = try #require(samples.first { $0["pid"].string == pid })
                #expect(holder["comm"].string == "a\"b\\c\nd{e=}\u{FFFD},")
            }
        }

        /// A daemon that shows a map, a process and a pin with hostile names; the map in the manifest.
        private func withHostileNames(_ body: (Daemon, ScratchFolder, JSON) throws -> Void) throws {
            try ScratchFolder.with { folder in
                try PrivateBpffs.with { bpffs in
                    let arguments = ["--hostile", "--maps", "4", "--programs", "4", "--pin-dir", bpffs.path + "/w"]
                    try Workload.with(arguments) { workload in
                        let hostile = try #require(
                            workload.of("map").first { $0["name"].string?.hasSuffix("_host") == true })
                        let flags = Flag.detailed + ["--holders", "--path.bpffs", bpffs.path]
                        try Daemon.with(flags, in: folder) { try body($0, folder, hostile) }
                    }
                }
            }
        }
    }
}

/// Python's parser of OpenMetrics, the reference.
enum OpenMetricsParser {
    private static let python = Python(with: "prometheus_client.openmetrics.parser")

    static let isThere = python != nil

    /// The labels of all samples of a page.
    static func labels(_ page: Data) throws -> [JSON] {
        let script = """
            import json, sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
            page = open(sys.argv[1], encoding="utf-8", newline="").read()
            print(json.dumps([s.labels for f in text_string_to_metric_families(page) for s in f.samples]))
            """
        return try #require(python).read([UInt8](page), script).elements
    }
}
