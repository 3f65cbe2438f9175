import Foundation
import TestSupport
import Testing

extension Backends {
    /// A source that is lost takes the totals with it: they are absent, and nothing looks like a fall or a growth.
    @Suite(
        .enabled(if: Rights.canRunBPF, Rights.bpfReason), .enabled(if: Needs.hasClient, Needs.client),
        .enabled(if: Needs.hasGrowth, Needs.growth), .enabled(if: Needs.hasDistribution, Needs.distribution))
    struct LostSourceTests {
        @Test func lostAndFoundAgainItFiresNothingAndGrowthAfterItDoes() throws {
            try ScratchFolder.with { folder in
                try Growth.with { growth in
                    // More than the threshold, so that a fall to 0 and back would fire.
                    let memory = try growth.workload.grow().memory
                    try LosableProcfs.with(in: folder) { procfs in
                        let arguments =
                            Flag.detailed + Flag.interval(1) + Flag.fresh + (try growth.filter) + procfs.only
                        try Daemon.with(arguments, in: folder) { daemon in
                            try Prometheus.with(
                                try #require(PrometheusBuild.distribution), jobs: [.init("procfs", daemon)],
                                rules: [folder.write("hurried.yml", Rules.hurried())], in: folder
                            ) { prometheus in
                                try scrape(5, withSource: true, prometheus)
                                try procfs.lose()
                                try scrape(5, withSource: false, prometheus)
                                #expect(try prometheus.query("absent(odigos_ebpf_maps_memory_bytes)").count == 1)
                                #expect(try prometheus.query("absent(odigos_ebpf_maps_total)").count == 1)
                                let complete = try prometheus.query("odigos_ebpf_collection_complete")
                                #expect(complete.count == 6 && complete.allSatisfy { $0.value == 0 })
                                try procfs.find()
                                try scrape(5, withSource: true, prometheus)
                                let alert = "EBPFMemoryGrowthSoon"
                                #expect(
                                    try prometheus.query("count_over_time(ALERTS{alertname=\"\(alert)\"}[10m])").isEmpty
                                )
                                #expect(try prometheus.value("increase(odigos_ebpf_maps_memory_bytes[10m])") == 0)
                                let seen = try prometheus.query("odigos_ebpf_maps_memory_bytes[10m]")
                                #expect(seen.count == 1 && Set(seen[0].values.map(\.value)) == [memory])
                                // The same series can fire.
                                _ = try growth.workload.grow()
                                _ = try prometheus.wait(for: alert) {
                                    try prometheus.alerts(alert).contains { $0.state == "firing" } ? () : nil
                                }
                            }
                        }
                    }
                }
            }
        }

        /// Waits for some more scrapes that see the source so.
        private func scrape(_ count: Int, withSource isUp: Bool, _ prometheus: Prometheus) throws {
            let begin = Date().timeIntervalSince1970
            _ = try prometheus.wait(for: "\(count) scrapes of a source that is \(isUp ? "up" : "down")") {
                let series = try prometheus.query("odigos_ebpf_source_up{source=\"procfs\"}[10m]")
                let values = (series.first?.values ?? []).filter { $0.time > begin }.map(\.value)
                return values.reversed().prefix { $0 == (isUp ? 1 : 0) }.count >= count ? () : nil
            }
        }
    }
}
