import EBPFMetrics
import Foundation
import Settings
import TestSupport
import Testing

/// `config check`, `config print`, and what other commands take from file and environment.
@Suite struct ConfigCommandTests {
    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-\(UUID().uuidString).yaml").path
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func aGoodFileIsAllRight() throws {
        try withFile("profile: detailed\notlp.timeout: 5s\n") { path in
            let result = try Program.collector.with("config", "check", path).run()
            #expect(result.status == 0)
            #expect(result.text == "\(path) is all right\n")
            #expect(
                result.errors == "ebpf-metrics: warning: otlp.timeout (file \(path):2) has no effect: without "
                    + "otlp.endpoint nothing is pushed\n")
        }
    }

    @Test func eachMistakeOfAFileIsALineAndStatus65() throws {
        try withFile("profile: tiny\nfrobnicate: 1\n") { path in
            for command in [
                ["config", "check", path], ["config", "print", "--config", path], ["collect", "--config", path],
            ] {
                let result = try Program.collector.with(command).run()
                #expect(result.status == 65)
                #expect(result.output.isEmpty)
                #expect(
                    result.errors == """
                        ebpf-metrics: \(path):1: profile 'tiny' is no profile; choose high-performance, production, \
                        detailed or all
                        ebpf-metrics: \(path):2: frobnicate is no setting

                        """)
            }
        }
    }

    @Test func aFileThatCannotBeReadIsStatus66() throws {
        let result = try Program.collector.with("doctor", "--config", "/nowhere/x.yaml").run()
        #expect(result.status == 66)
        #expect(result.errors == "ebpf-metrics: the configuration '/nowhere/x.yaml' cannot be read (ENOENT)\n")
    }

    @Test func everyFlagReachesItsSetting() throws {
        let single = [
            "profile": "all", "prefix": "a_", "source": "procfs", "deadline": "9s", "log_level": "error",
            "path.procfs": "/p", "path.sysfs": "/s", "path.bpffs": "/b", "collection.interval": "7s",
            "collection.max_age": "1s", "collection.full_interval": "180s", "collection.max_memory": "1MiB",
            "collection.max_maps": "1",
            "collection.max_programs": "2", "collection.fd_budget.per_process": "3", "collection.fd_budget.total": "4",
            "metrics.prefix": "acme", "web.listen_address": ":5", "web.telemetry_path": "/m", "web.config.file": "/w",
            "web.max_connections": "8", "otlp.endpoint": "http://c/x", "otlp.headers": "a=b", "otlp.timeout": "6s",
            "otlp.compression": "gzip", "otlp.certificate": "/ca", "otlp.client_certificate": "/c",
            "otlp.client_key": "/k", "otlp.resource_attributes": "c=d", "otlp.interval": "5s",
        ]
        var arguments: [String] = []
        var expected: [[String]] = []
        for setting in Setting.all {
            if setting.shape == .toggle {
                let isOn = setting.shown(Settings(profile: .all)) == ["true"]
                let flag = isOn ? "--no-\(setting.flagName)" : setting.flag
                arguments.append(flag)
                expected.append([setting.key, "\(!isOn)", "flag", flag])
            } else {
                let value = try #require(single[setting.key])
                arguments += [setting.flag, value]
                expected.append([setting.key, setting.isSecret ? "a=<secret>" : value, "flag", setting.flag])
            }
        }
        let result = try Program.collector.with(["config", "print"] + arguments).run()
        #expect(result.status == 0)
        #expect(
            result.errors == "ebpf-metrics: warning: web.listen_address (flag --web.listen-address) has no effect: "
                + "with web.systemd_socket, systemd says where to listen\n")
        let rows = result.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows == expected)
    }

    @Test func aFlagIsStrongerThanTheEnvironmentAndThatThanTheFile() throws {
        try withFile("deadline: 1s\npath.procfs: /a\npath.sysfs: /a\n") { path in
            let result = try Program.collector.with("config", "print", "--deadline", "3s").run(environment: [
                "EBPF_METRICS_CONFIG": path, "EBPF_METRICS_DEADLINE": "2s", "EBPF_METRICS_PATH_PROCFS": "/b",
            ])
            let rows = result.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(rows.contains(["deadline", "3s", "flag", "--deadline"]))
            #expect(rows.contains(["path.procfs", "/b", "environment", "EBPF_METRICS_PATH_PROCFS"]))
            #expect(rows.contains(["path.sysfs", "/a", "file", "\(path):3"]))
        }
    }

    @Test func aLookByHandShowsAllWhateverTheDaemonShows() throws {
        try withFile("profile: production\nmetrics.prefix: acme\n") { path in
            let result = try Program.collector.with("collect", "--format", "prometheus", "--config", path).run()
            #expect(result.status == 0)
            #expect(result.text.contains("\n# TYPE acme_ebpf_collection_duration_ms histogram\n"))
            // Series of each map belong to the profile "all", not to that of the file.
            #expect(result.text.contains("# TYPE acme_ebpf_map_memory_bytes "))
        }
    }

    @Test func aPathIsBlamedOnItsLayer() throws {
        let result = try Program.collector.with("collect").run(environment: ["EBPF_METRICS_PATH_PROCFS": "/nowhere"])
        #expect(result.status == 64)
        #expect(
            result.errors == "ebpf-metrics: --path.procfs '/nowhere' cannot be opened (ENOENT); give a procfs, such as "
                + "/proc or /host/proc (it is set by environment EBPF_METRICS_PATH_PROCFS)\n")
    }
}
