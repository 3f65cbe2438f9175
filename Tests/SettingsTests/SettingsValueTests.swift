import EBPFMetrics
import KernelObjects
import KernelSources
import Logging
import Settings
import Testing

/// What values are understood as.
@Suite struct SettingsValueTests {
    private func settings(_ line: String) throws -> Settings { try Settings.load(file: yaml(line)).settings }

    @Test(
        arguments: [
            ("60s", .seconds(60)), ("60", .seconds(60)), ("0.5", .milliseconds(500)), ("500ms", .milliseconds(500)),
            ("2m", .seconds(120)), ("1.5h", .seconds(5400)), ("2 m", .seconds(120)), ("'3'", .seconds(3)),
            ("1ms", .milliseconds(1)), ("24h", .seconds(86_400)),
        ] as [(String, Duration)])
    func durations(_ text: String, _ expected: Duration) throws {
        #expect(try settings("deadline: \(text)").collector.deadline == expected)
    }

    @Test(arguments: [
        ("10MiB", 10 << 20), ("10485760", 10 << 20), ("512KiB", 512 << 10), ("1GiB", 1 << 30), ("10MB", 10_000_000),
        ("500kB", 500_000), ("1.5 MiB", 3 << 19), ("1000000B", 1_000_000), ("2GB", 2_000_000_000),
    ])
    func sizes(_ text: String, _ expected: Int) throws {
        #expect(try settings("collection.max_memory: \(text)").collector.maxMemoryBytes == expected)
    }

    @Test(arguments: [
        ("true", true), ("yes", true), ("On", true), ("\"true\"", true), ("false", false), ("NO", false),
        ("off", false),
    ])
    func booleans(_ text: String, _ expected: Bool) throws {
        #expect(try settings("enable_run_stats: \(text)\npins: \(text)").holdsRunStatistics == expected)
        #expect(try settings("enable_run_stats: \(text)\npins: \(text)").collector.collectsPins == expected)
    }

    @Test(arguments: [
        ("http://c:4318", "http://c:4318/v1/metrics"), ("https://c/", "https://c/v1/metrics"),
        ("http://c/write/otlp", "http://c/write/otlp"), ("http://[::1]:4318", "http://[::1]:4318/v1/metrics"),
    ])
    func endpoints(_ text: String, _ expected: String) throws {
        #expect(try settings("otlp.endpoint: '\(text)'").otlp?.endpoint == expected)
    }

    @Test func everySettingReachesItsPlace() throws {
        var expected = Settings(profile: .detailed)
        expected.collector.programPrefixes = ["a_"]
        expected.collector.sources = [.procfs, .bpffs]
        expected.collector.deadline = .seconds(9)
        expected.collector.collectsHolders = true
        expected.collector.collectsPins = false
        expected.collector.usesPidfdGetfd = false
        expected.collector.allowsUnsafeLinkFDInfo = true
        expected.holdsRunStatistics = true
        expected.keepsCapabilities = true
        expected.logLevel = .trace
        expected.collector.paths.procfs = "/p"
        expected.collector.paths.sysfs = "/s"
        expected.collector.paths.bpffs = "/b"
        expected.collector.collectionInterval = .seconds(7)
        expected.maxAge = .zero
        expected.collector.fullInterval = .seconds(180)
        expected.collector.maxMemoryBytes = 1 << 20
        expected.collector.maxMapsToTrack = 1
        expected.collector.maxProgramsToTrack = 2
        expected.collector.fdBudget.perProcess = 3
        expected.collector.fdBudget.total = 4
        expected.collector.resolvesFullNames = true
        expected.collector.metricPrefix = "acme"
        expected.collector.enablesPerMapMetrics = false
        expected.collector.enablesPerProgramMetrics = false
        expected.web.listenAddresses = [":5", "localhost:6"]
        expected.web.telemetryPath = "/m"
        expected.web.configFile = "/w"
        expected.web.usesSystemdSocket = true
        expected.web.maxConnections = 8
        var push = OTLPSettings(endpoint: "https://c/v1/metrics")
        push.headers = [OTLPSettings.Header("authorization", "Basic a=b, c")]
        push.timeout = .seconds(10.5)
        push.usesGzip = true
        push.certificateFile = "/ca"
        push.clientCertificateFile = "/c"
        push.clientKeyFile = "/k"
        push.resourceAttributes = [OTLPSettings.Header("k", "v"), OTLPSettings.Header("empty", "")]
        push.interval = .seconds(60)
        expected.otlp = push
        let file = yaml(
            """
            profile: detailed
            prefix: a_
            source: [procfs, bpffs]
            deadline: 9
            holders: true
            pins: false
            pidfd_getfd: false
            unsafe_link_fdinfo: true
            enable_run_stats: true
            keep_capabilities: true
            log_level: trace
            path: {procfs: /p, sysfs: /s, bpffs: /b}
            collection:
              interval: 7s
              max_age: 0
              full_interval: 3m
              max_memory: 1MiB
              max_maps: 1
              max_programs: 2
              fd_budget: {per_process: 3, total: 4}
              full_names: true
            metrics: {prefix: acme, per_map: false, per_program: false}
            web:
              listen_address: [":5", "localhost:6"]
              telemetry_path: /m
              config: {file: /w}
              systemd_socket: true
              max_connections: 8
            otlp:
              endpoint: https://c
              headers: {authorization: "Basic a=b, c"}
              timeout: 10.5s
              compression: gzip
              certificate: /ca
              client_certificate: /c
              client_key: /k
              resource_attributes: {k: v, empty: ""}
              interval: 1m
            """)
        let loaded = try Settings.load(file: file)
        #expect(loaded.settings == expected)
        // Nothing was left out above.
        for setting in Setting.all {
            guard case .file = loaded.origins[setting.key] else {
                Issue.record("\(setting.key) is not in the file above")
                continue
            }
        }
    }

    @Test func namesFollowFromTheKey() throws {
        let setting = try #require(Setting.all.first { $0.key == "collection.fd_budget.per_process" })
        #expect(setting.flag == "--collection.fd-budget.per-process")
        #expect(setting.variable == "EBPF_METRICS_COLLECTION_FD_BUDGET_PER_PROCESS")
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.flag)).count == Setting.all.count)
    }
}
