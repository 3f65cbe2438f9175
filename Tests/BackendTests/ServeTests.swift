import Foundation
import Glibc
import LinuxSystem
import TestSupport
import Testing

extension Backends {
    /// The daemon as a process: its rights, its signals, its mistakes.
    @Suite(.enabled(if: Needs.hasClient, Needs.client)) struct ServeTests {
        @Test(.enabled(if: Rights.canRunBPF, Rights.bpfReason), .enabled(if: Rights.hasLibbpf, Rights.libbpfReason))
        func everyThreadGivesUpWhatItDoesNotNeed() throws {
            try ScratchFolder.with { folder in
                try Daemon.with(Flag.fresh, in: folder) { daemon in
                    _ = try daemon.page()
                    let kept = CapabilitySet([.dacReadSearch, .sysPtrace, .sysAdmin]).rawValue
                    let tasks = "/proc/\(daemon.program.pid)/task"
                    let threads = try FileManager.default.contentsOfDirectory(atPath: tasks)
                    #expect(threads.count > 1)
                    for thread in threads {
                        let status = try String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8)
                        for set in ["CapPrm", "CapEff", "CapBnd"] {
                            let text = try #require(status.firstMatch(of: try Regex("\(set):\\s+([0-9a-f]+)")))
                            let bits = try #require(text.output[1].substring.flatMap { UInt64($0, radix: 16) })
                            #expect(bits & ~kept == 0, "\(set) of thread \(thread)")
                        }
                        #expect(status.contains("NoNewPrivs:\t1"))
                    }
                    #expect(daemon.program.text.contains("others were dropped"))
                    #expect(try daemon.client.get("/").text.contains("others were dropped"))
                }
            }
        }

        @Test(.enabled(if: Rights.has("prlimit"), "needs prlimit to take descriptors away"))
        func moreClientsThanDescriptorsDoNoHarm() throws {
            try ScratchFolder.with { folder in
                let collector = Program.collector.under(Program("prlimit", ["--nofile=64"]))
                try Daemon.with(Flag.fresh, collector: collector, in: folder) { daemon in
                    func collections() throws -> Double {
                        try #require(try daemon.page().value("odigos_ebpf_collection_duration_ms_count"))
                    }
                    func descriptors() throws -> Int {
                        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.program.pid)/fd").count
                    }
                    let before = try collections()
                    let open = try descriptors()
                    let port = try #require(daemon.address.split(separator: ":").last.flatMap { UInt16($0) })
                    let clients = (0..<200).map { _ in connection(to: port) }
                    #expect(!clients.contains(-1))
                    let during = try collections()
                    #expect(during > before)
                    #expect(try descriptors() < 64)
                    for client in clients { close(client) }
                    _ = try patiently("its descriptors are free") { try descriptors() <= open ? true : nil }
                    #expect(try collections() > during)
                    let told = daemon.program.text.split(separator: "\n").filter { $0.contains("at their limit") }
                    #expect(told.count == 1)
                }
            }
        }

        /// A socket that is connected to a port of this host; -1 if there is none.
        private func connection(to port: UInt16) -> Int32 {
            let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            return result == 0 ? number : -1
        }

        @Test func aReloadTakesOverTheFileAndCountsOn() throws {
            try ScratchFolder.with { folder in
                let file = try folder.write("config.yaml", "metrics: {prefix: before}\ncollection: {interval: 1h}\n")
                // Scrapes do not collect here: it is the reload that does.
                try Daemon.with(["--config", file], in: folder) { daemon in
                    let first = try daemon.page(with: "the old prefix") {
                        $0.value("before_ebpf_collection_duration_ms_count")
                    }
                    _ = try folder.write("config.yaml", "metrics: {prefix: after}\ncollection: {interval: 1h}\n")
                    daemon.program.send(SIGHUP)
                    let second = try daemon.page(with: "the new prefix") {
                        $0.value("after_ebpf_collection_duration_ms_count")
                    }
                    #expect(second > first)

                    _ = try folder.write("config.yaml", "metrics: {prefix: 7seven}\n")
                    daemon.program.send(SIGHUP)
                    let told = try daemon.program.wait(for: "told of the mistake") { text in
                        text.split(separator: "\n").first { $0.contains("config.yaml:1: metrics.prefix '7seven'") }
                    }
                    #expect(told.contains("the old ones stay in force"))
                    #expect(try daemon.page().value("after_ebpf_collection_duration_ms_count") != nil)
                    #expect(daemon.program.stop() == 0)
                }
            }
        }

        @Test(arguments: [SIGTERM, SIGINT]) func itStopsWhenItIsTold(_ signal: Int32) throws {
            try ScratchFolder.with { folder in
                let daemon = try Daemon([], in: folder)
                _ = try daemon.page()
                #expect(daemon.program.stop(signal: signal) == 0)
                #expect(throws: WebClient.Failure.self) { try daemon.client.get("/healthz") }
            }
        }

        @Test func anAddressThatIsTakenIsNamed() throws {
            try ScratchFolder.with { folder in
                try Daemon.with([], in: folder) { daemon in
                    let result = try Program.collector.with("serve", "--web.listen-address", daemon.address).run()
                    #expect(result.status == EX_UNAVAILABLE)
                    #expect(
                        result.errors.contains(
                            "ebpf-metrics: cannot listen on \(daemon.address): EADDRINUSE; something listens there"))
                }
            }
        }

        @Test(
            arguments: [
                (["--web.listen-address", "here"], [:], EX_USAGE, ["--web.listen-address 'here'"]),
                (["--web.config.file", "/nowhere/web.yml"], [:], EX_UNAVAILABLE, ["/nowhere/web.yml"]),
                (["--path.procfs", "/nowhere"], [:], EX_USAGE, ["--path.procfs '/nowhere'", "ENOENT"]),
                (["--web.systemd-socket"], [:], EX_UNAVAILABLE, ["systemd hands over no socket"]),
                (["--config", "/nowhere/config.yaml"], [:], EX_NOINPUT, ["/nowhere/config.yaml", "ENOENT"]),
                (
                    [],
                    ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"],
                    EX_USAGE, ["OTEL_EXPORTER_OTLP_PROTOCOL 'grpc'", "HTTP with protobuf is the one transport"]
                ),
            ] as [([String], [String: String], Int32, [String])])
        func aMistakeEndsItWithALine(
            _ arguments: [String], _ environment: [String: String], _ status: Int32, _ words: [String]
        ) throws {
            let result = try Program.collector.with(["serve"] + arguments).run(environment: environment)
            #expect(result.status == status, "\(result.errors)")
            #expect(result.errors.split(separator: "\n").last?.hasPrefix("ebpf-metrics: ") == true)
            for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
        }

        @Test func withoutACollectionDoneItIsAliveAndThenReady() throws {
            try ScratchFolder.with { folder in
                try Daemon.with([], in: folder) { daemon in
                    #expect(try daemon.client.get("/healthz").status == 200)
                    _ = try daemon.page()
                    #expect(try daemon.client.get("/readyz").text == "ready\n")
                    #expect(try daemon.client.get("/nothing").status == 404)
                }
            }
        }
    }
}
