import Foundation
import TestSupport
import Testing

extension Backends {
    /// The queries and alerts that are promised, word for word, and what the workload says they must answer.
    @Suite(
        .enabled(if: Rights.canRunBPF, Rights.bpfReason), .enabled(if: Rights.hasLibbpf, Rights.libbpfReason),
        .enabled(if: Needs.hasClient, Needs.client), .enabled(if: Needs.hasGrowth, Needs.growth))
    struct QueryTests {
        /// Three daemons: one that only sees the growing map and its program, one that loses its only source, and one
        /// whose memory limit is too small for the details of what this host has.
        private func withScene(
            _ build: PrometheusBuild, _ body: (Prometheus, Growth, LosableProcfs) throws -> Void
        ) throws {
            try ScratchFolder.with { folder in
                try Workload.with(["--maps", "600", "--programs", "200"]) { _ in
                    try Growth.with { growth in
                        try LosableProcfs.with(in: folder) { procfs in
                            let secret = try WebSecret(in: folder)
                            let common = Flag.detailed + Flag.interval(1) + Flag.fresh
                            let arguments = [
                                "steady": common + (try growth.filter),
                                "failing": common + (try growth.filter) + procfs.only,
                                "limited": common + ["--collection.max-memory", "262144"],
                            ]
                            let daemons = try arguments.mapValues { try Daemon($0, secret: secret, in: folder) }
                            defer { for daemon in daemons.values { daemon.program.stop() } }
                            let jobs = daemons.map { Prometheus.Job($0, $1, secret: secret) }
                            try Prometheus.with(
                                build, jobs: jobs, rules: [Rules.path, folder.path("hurried.yml")], in: folder
                            ) { prometheus in
                                _ = try prometheus.wait(for: "three samples of each daemon") {
                                    try prometheus.query(
                                        "count_over_time(odigos_ebpf_collection_timestamp_seconds[5m]) > 2"
                                    )
                                    .count == 3 ? () : nil
                                }
                                try body(prometheus, growth, procfs)
                                try folder.write("hurried.yml", Rules.hurried())
                                try prometheus.reload()
                                try expectAlerts("Soon", "firing", prometheus)
                            }
                        }
                    }
                }
            }
        }

        @Test(.enabled(if: Needs.hasDistribution, Needs.distribution))
        func eachAnswersWithWhatTheWorkloadDid() throws {
            try withScene(try #require(PrometheusBuild.distribution)) { prometheus, growth, procfs in
                #expect(try prometheus.value(Self.growthOfTotal, job: "steady") == nil)
                #expect(try prometheus.value(Self.growthOfMap, job: "steady") == nil)
                #expect(try prometheus.query("rate(odigos_ebpf_collection_errors_total[5m]) > 0").isEmpty)
                let before = try growth.map.memory
                #expect(try prometheus.value("odigos_ebpf_maps_memory_bytes", job: "steady") == before)

                try procfs.lose()
                // A collection that had opened it goes on, and would see the map grow.
                _ = try prometheus.wait(for: "a total that is absent") {
                    try prometheus.value("odigos_ebpf_maps_memory_bytes", job: "failing") == nil ? () : nil
                }
                let grown = try growth.workload.grow().memory
                let time = try prometheus.wait(for: "growth, errors and a total that is absent") {
                    let time = Date().timeIntervalSince1970
                    let now = try prometheus.value("odigos_ebpf_maps_memory_bytes", job: "steady", at: time)
                    let host = try prometheus.value("odigos_ebpf_maps_memory_bytes", job: "limited", at: time) ?? 0
                    let errors = try prometheus.query("rate(odigos_ebpf_collection_errors_total[5m]) > 0.1", at: time)
                    let lost = try prometheus.value("odigos_ebpf_maps_memory_bytes", job: "failing", at: time)
                    return now == grown && host >= grown && !errors.isEmpty && lost == nil ? time : nil
                }
                try expectGrowth(from: before, to: grown, prometheus, time)
                try expectSums(growth, grown, prometheus, time)
                try expectRates(prometheus, time)
                try expectBucketQuantile(prometheus, time)
                try expectAlerts("", "pending", prometheus)
            }
        }

        private static let growthOfTotal = "increase(odigos_ebpf_maps_memory_bytes[10m]) > 10485760"
        private static let growthOfMap = "increase(odigos_ebpf_map_memory_bytes[5m]) > 1048576"

        private func expectGrowth(
            from before: Double, to grown: Double, _ prometheus: Prometheus, _ time: Double
        ) throws {
            for (query, selector) in [
                (Self.growthOfTotal, "odigos_ebpf_maps_memory_bytes[10m]"),
                (Self.growthOfMap, "odigos_ebpf_map_memory_bytes[5m]"),
            ] {
                let value = try #require(try prometheus.value(query, job: "steady", at: time), "\(query)")
                let raw = try #require(try prometheus.query(selector, at: time).first { $0.labels["job"] == "steady" })
                // A scrape may have met it while it grew.
                let values = raw.values.map(\.value)
                #expect(values.first == before && values.last == grown && values == values.sorted())
                // increase() stretches what it saw to both ends of the range, by at most 1.1 intervals at each.
                let most = 1 + 2.2 / Double(raw.values.count - 1)
                #expect(value >= grown - before && value <= (grown - before) * most, "\(query)")
            }
        }

        private func expectSums(_ growth: Growth, _ grown: Double, _ prometheus: Prometheus, _ time: Double) throws {
            let program = try growth.program.memory
            #expect(
                try prometheus.value("odigos_ebpf_programs_total + odigos_ebpf_maps_total", job: "steady", at: time)
                    == 2)
            #expect(
                try prometheus.value(
                    "odigos_ebpf_programs_memory_bytes + odigos_ebpf_maps_memory_bytes", job: "steady", at: time)
                    == program + grown)
            // Of the whole host, which others change as well: told by what it adds up.
            let host = try ["odigos_ebpf_programs_memory_bytes", "odigos_ebpf_maps_memory_bytes"].map {
                try #require(try prometheus.value($0, job: "limited", at: time))
            }
            #expect(host[0] >= program && host[1] >= grown)
            #expect(
                try prometheus.value(
                    "sum(odigos_ebpf_programs_memory_bytes) + sum(odigos_ebpf_maps_memory_bytes)", at: time)
                    == program + grown + host[0] + host[1])
        }

        private func expectRates(_ prometheus: Prometheus, _ time: Double) throws {
            let errors = try prometheus.query("rate(odigos_ebpf_collection_errors_total[5m]) > 0", at: time)
            #expect(errors.map { $0.labels["job"] } == ["failing"])
            let limit = "rate(odigos_ebpf_collection_memory_limit_hit_total[5m])"
            #expect(try prometheus.value(limit, job: "steady", at: time) == 0)
            // Each collection meets it.
            let hits = try #require(try prometheus.value(limit, job: "limited", at: time))
            let collections = try #require(
                try prometheus.value("rate(odigos_ebpf_collection_duration_ms_count[5m])", job: "limited", at: time))
            #expect(hits > 0 && abs(hits / collections - 1) < 0.001, "\(hits) of \(collections) a second")
        }

        private func expectBucketQuantile(_ prometheus: Prometheus, _ time: Double) throws {
            let quantile = try #require(
                try prometheus.value(
                    "histogram_quantile(0.95, rate(odigos_ebpf_collection_duration_ms_bucket[5m]))", job: "steady",
                    at: time))
            let rates = try prometheus.query("rate(odigos_ebpf_collection_duration_ms_bucket[5m])", at: time)
                .filter { $0.labels["job"] == "steady" }
            try Self.expect(quantile, inBucketOf: rates, slack: 1)
        }

        /// The bucket in which the 95th percentile falls.
        private static func expect(
            _ quantile: Double, inBucketOf cumulative: [PromQLSample], slack: Double
        ) throws {
            let buckets = cumulative.map { (bound: Double($0.labels["le"] ?? "") ?? .infinity, share: $0.value) }
                .sorted { $0.bound < $1.bound }
            #expect(buckets.count == 13)
            let all = try #require(buckets.last?.share)
            let index = try #require(buckets.firstIndex { $0.share >= 0.95 * all })
            let lower = index == 0 ? 0 : buckets[index - 1].bound
            #expect(quantile > lower / slack && quantile <= buckets[index].bound * slack)
        }

        private func expectAlerts(_ suffix: String, _ state: String, _ prometheus: Prometheus) throws {
            for (name, job) in [
                ("EBPFMemoryGrowth", "steady"), ("EBPFCollectionErrors", "failing"), ("EBPFMemoryLimitHit", "limited"),
            ] {
                let alerts = try prometheus.wait(for: "\(name)\(suffix) \(state)") {
                    let alerts = try prometheus.alerts(name + suffix)
                    return alerts.contains { $0.labels["job"] == job && $0.state == state } ? alerts : nil
                }
                // The whole host's total, which "limited" shows, grew as well.
                let others = alerts.filter { $0.labels["job"] != job && $0.labels["job"] != "limited" }
                #expect(others.isEmpty, "\(name)\(suffix)")
            }
        }

        @Test(.enabled(if: Needs.hasNewer, Needs.newer))
        func aNativeHistogramHasQuantilesOfItsOwn() throws {
            let build = try #require(PrometheusBuild.newer)
            try ScratchFolder.with { folder in
                try Growth.with { growth in
                    let secret = try WebSecret(in: folder)
                    let daemon = try Daemon(
                        Flag.detailed + Flag.interval(1) + Flag.fresh + (try growth.filter), secret: secret, in: folder)
                    defer { daemon.program.stop() }
                    try Prometheus.with(build, jobs: [.init("steady", daemon, secret: secret)], in: folder) {
                        prometheus in
                        let name = "odigos_ebpf_collection_duration_ms"
                        let time = try prometheus.wait(for: "a native histogram of twenty collections") {
                            let time = Date().timeIntervalSince1970
                            let count = try prometheus.value("histogram_count(\(name))", at: time)
                            return count ?? 0 >= 20 ? time : nil
                        }
                        let quantile = try #require(
                            try prometheus.value("histogram_quantile(0.95, \(name))", at: time))
                        // The same scrape has the classic buckets.
                        #expect(
                            try prometheus.value("histogram_count(\(name))", at: time)
                                == prometheus.value("\(name)_count", at: time))
                        #expect(
                            try prometheus.value("histogram_sum(\(name))", at: time)
                                == prometheus.value("\(name)_sum", at: time))
                        // A native bucket may reach over a classic bound.
                        try Self.expect(
                            quantile, inBucketOf: try prometheus.query("\(name)_bucket", at: time), slack: 1.1)
                    }
                }
            }
        }
    }
}
