import Foundation
import TestSupport
import Testing

extension Backends {
    /// What comes and goes: objects, the daemon, rights.
    @Suite(
        .enabled(if: Rights.canRunBPF, Rights.bpfReason), .enabled(if: Needs.hasClient, Needs.client))
    struct LifecycleTests {
        @Test(.enabled(if: Rights.hasLibbpf, Rights.libbpfReason))
        func seriesOfVanishedObjectsAreGoneAtTheNextScrape() throws {
            try ScratchFolder.with { folder in
                let workload = try Workload(["--maps", "9", "--programs", "5"])
                let maps = workload.of("map").compactMap { $0["id"].int.map(String.init) }
                let programs = workload.of("program").compactMap { $0["id"].int.map(String.init) }
                #expect(maps.count == 9 && programs.count == 5)
                try Daemon.with(Flag.detailed + Flag.interval(3600) + Flag.fresh, in: folder) { daemon in
                    let page = try daemon.page()
                    workload.end()
                    let next = try daemon.page()
                    for (ids, name, label) in [
                        (maps, "odigos_ebpf_map_memory_bytes", "map_id"),
                        (programs, "odigos_ebpf_program_memory_bytes", "program_id"),
                    ] {
                        for id in ids {
                            #expect(page.series(name, [label: id]).count == 1)
                            #expect(next.series(name, [label: id]).isEmpty)
                        }
                    }
                }
            }
        }

        @Test func aRestartBeginsItsCountersAnew() throws {
            try ScratchFolder.with { folder in
                let arguments = Flag.detailed + Flag.interval(3600) + Flag.fresh
                let (collections, start) = try Daemon.with(arguments, in: folder) { daemon in
                    for _ in 0..<4 { _ = try daemon.page() }
                    let page = try daemon.page()
                    return (
                        try #require(page.value("odigos_ebpf_collection_duration_ms_count")),
                        try #require(page.value("process_start_time_seconds"))
                    )
                }
                #expect(collections >= 5)
                // The start is told in hundredths of a second.
                usleep(50_000)
                try Daemon.with(arguments, in: folder) { daemon in
                    let page = try daemon.page()
                    #expect(try #require(page.value("odigos_ebpf_collection_duration_ms_count")) <= 2)
                    #expect(try #require(page.value("process_start_time_seconds")) > start)
                }
            }
        }

        @Test(.enabled(if: Rights.has("setpriv"), "needs setpriv to take rights away"))
        func withoutAnyRightTotalsAreAbsentAndNothingIsComplete() throws {
            try ScratchFolder.with { folder in
                try Workload.with(["--maps", "3", "--programs", "3"]) { _ in
                    try Restricted.with { restricted in
                        // A user that has no process, unlike "nobody".
                        let collector = restricted.collector.under(Restricted.setpriv(uid: 61_234))
                        // Not bpffs: other tests pin there what anybody may read.
                        let arguments = Flag.detailed + ["--source", "procfs"]
                        try Daemon.with(arguments, collector: collector, in: folder) { daemon in
                            let page = try daemon.page()
                            for total in [
                                "programs_total", "programs_memory_bytes", "maps_total", "maps_memory_bytes", "links",
                            ] {
                                #expect(page.series("odigos_ebpf_" + total).isEmpty, "\(total)")
                            }
                            let complete = page.series("odigos_ebpf_collection_complete")
                            #expect(complete.count == 6 && complete.allSatisfy { $0.value == 0 })
                            #expect(page.value("odigos_ebpf_collection_errors_total") == 0)
                        }
                    }
                }
            }
        }
    }
}
