import EBPFMetrics
import KernelObjects
import KernelSources
import Logging
import Settings
import Testing

/// A file as the tests write it.
func yaml(_ text: String) -> Settings.File { Settings.File(path: "config.yaml", bytes: Array(text.utf8)) }

@Suite struct SettingsLayerTests {
    @Test func nothingSetIsTheProfileProduction() throws {
        let loaded = try Settings.load()
        #expect(loaded.settings == Settings(profile: .production))
        #expect(loaded.settings.collector == .production)
        #expect(loaded.settings.web.listenAddresses == ["127.0.0.1:9944"])
        #expect(loaded.settings.logLevel == .info)
        #expect(loaded.settings.otlp == nil)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.origins["collection.interval"] == .profile(.production))
        #expect(loaded.origins["profile"] == .default)
        #expect(loaded.origins["deadline"] == .default)
        #expect(loaded.origins.count == Setting.all.count)
    }

    @Test func aStrongerLayerWins() throws {
        let file = yaml("deadline: 1s\npath:\n  procfs: /file\n  sysfs: /file\ncollection.max_maps: 1\n")
        let loaded = try Settings.load(
            flags: ["deadline": ["3s"]],
            environment: ["EBPF_METRICS_DEADLINE": "2s", "EBPF_METRICS_PATH_PROCFS": "/environment"], file: file)
        #expect(loaded.settings.collector.deadline == .seconds(3))
        #expect(loaded.origins["deadline"] == .flag("--deadline"))
        #expect(loaded.settings.collector.paths.procfs == "/environment")
        #expect(loaded.origins["path.procfs"] == .environment("EBPF_METRICS_PATH_PROCFS"))
        #expect(loaded.settings.collector.paths.sysfs == "/file")
        #expect(loaded.origins["path.sysfs"] == .file("config.yaml", line: 4))
        #expect(loaded.settings.collector.maxMapsToTrack == 1)
        #expect(loaded.origins["collection.max_maps"] == .file("config.yaml", line: 5))
    }

    @Test func whatAnyLayerSetsIsStrongerThanTheProfileOfAStrongerOne() throws {
        let file = yaml("collection:\n  interval: 45s\nprofile: high-performance\n")
        let loaded = try Settings.load(flags: ["profile": ["detailed"]], file: file)
        var expected = Settings(profile: .detailed)
        expected.collector.collectionInterval = .seconds(45)
        #expect(loaded.settings == expected)
        #expect(loaded.origins["collection.interval"] == .file("config.yaml", line: 2))
        #expect(loaded.origins["collection.max_memory"] == .profile(.detailed))
        #expect(loaded.origins["profile"] == .flag("--profile"))
    }

    @Test func aListTakesThePlaceOfTheWeakerLayers() throws {
        let file = yaml("prefix: [a_, b_]\nweb:\n  listen_address:\n    - :1\n    - \"[::1]:2\"\n")
        #expect(try Settings.load(file: file).settings.collector.programPrefixes == ["a_", "b_"])
        #expect(try Settings.load(file: file).settings.web.listenAddresses == [":1", "[::1]:2"])
        let flags = ["prefix": ["c_,d_", "e_"]]
        #expect(try Settings.load(flags: flags, file: file).settings.collector.programPrefixes == ["c_", "d_", "e_"])
        let environment = ["EBPF_METRICS_PREFIX": "f_, g_"]
        let loaded = try Settings.load(environment: environment, file: file)
        #expect(loaded.settings.collector.programPrefixes == ["f_", "g_"])
    }

    @Test(arguments: ["prefix: []", "prefix: ['*']", "prefix: '*'"]) func noPrefixIsEveryProgram(_ text: String) throws
    {
        #expect(try Settings.load(file: yaml(text)).settings.collector.programPrefixes == [])
        let flags = ["prefix": ["*"]]
        #expect(try Settings.load(flags: flags, file: yaml("prefix: x")).settings.collector.programPrefixes == [])
    }

    @Test func aStrongerLayerTakesAValueBack() throws {
        let file = yaml(
            "source: procfs\npath.bpffs: /b\ncollection: {max_age: 5s, max_maps: 3}\nweb.config.file: w.yaml\n"
                + "otlp: {endpoint: 'http://c/v1/metrics', headers: {a: b}}\n")
        let first = try Settings.load(file: file).settings
        #expect(first.collector.sources == [.procfs])
        #expect(first.collector.paths.bpffs == "/b")
        #expect(first.maxAge == .seconds(5))
        #expect(first.collector.maxMapsToTrack == 3)
        #expect(first.web.configFile == "w.yaml")
        #expect(first.otlp?.headers == [OTLPSettings.Header("a", "b")])
        let flags = [
            "source": ["auto"], "path.bpffs": ["all"], "collection.max_age": ["none"], "collection.max_maps": ["all"],
            "web.config.file": ["none"], "otlp.endpoint": ["none"], "otlp.headers": ["none"],
        ]
        var expected = Settings()
        expected.collector.maxMapsToTrack = nil
        let second = try Settings.load(flags: flags, file: file)
        #expect(second.settings == expected)
    }

    @Test func theLastOfRepeatedFlagsCounts() throws {
        #expect(try Settings.load(flags: ["deadline": ["1", "2"]]).settings.collector.deadline == .seconds(2))
    }

    @Test func aDeniedFlagIsNamedAsItWasWritten() throws {
        let loaded = try Settings.load(flags: ["pidfd_getfd": ["false"], "metrics.per_map": ["true"]])
        #expect(!loaded.settings.collector.usesPidfdGetfd)
        #expect(loaded.origins["pidfd_getfd"] == .flag("--no-pidfd-getfd"))
        #expect(loaded.origins["metrics.per_map"] == .flag("--metrics.per-map"))
    }

    @Test func fileAndEnvironmentDescribeTheDaemon() throws {
        let file = yaml(
            "profile: detailed\nprefix: x_\nholders: yes\ncollection: {max_maps: 7, fd_budget: {total: 9}}\n"
                + "metrics: {prefix: acme, per_map: off}\nweb.max_connections: 3\nsource: [bpffs]\n")
        let environment = ["EBPF_METRICS_COLLECTION_MAX_PROGRAMS": "8", "EBPF_METRICS_DEADLINE": "5"]
        let loaded = try Settings.load(environment: environment, file: file, baseProfile: .all, for: .collect)
        var expected = Settings(profile: .all, for: .collect)
        expected.collector.sources = [.bpffs]
        expected.collector.deadline = .seconds(5)
        expected.collector.fdBudget.total = 9
        expected.collector.metricPrefix = "acme"
        #expect(loaded.settings == expected)
        #expect(loaded.settings.logLevel == .warning)
        // Of flags, a look by hand takes everything; the doctor explains the daemon's filter.
        let asked = try Settings.load(flags: ["prefix": ["y_"]], file: file, baseProfile: .all, for: .collect)
        #expect(asked.settings.collector.programPrefixes == ["y_"])
        let doctor = try Settings.load(file: file, for: .doctor)
        #expect(doctor.settings.collector.programPrefixes == ["x_"])
        #expect(doctor.settings.web == WebSettings())
    }

    @Test func whatDoesNotConcernACommandIsCheckedAllTheSame() {
        #expect(throws: SettingsErrors.self) { try Settings.load(file: yaml("web.max_connections: x"), for: .collect) }
    }

    @Test func theVariablesOfOpenTelemetryStandBetweenFileAndOurs() throws {
        let environment = [
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://standard:4318/m", "OTEL_EXPORTER_OTLP_TIMEOUT": "3000",
            "OTEL_EXPORTER_OTLP_HEADERS": "a=standard", "EBPF_METRICS_OTLP_TIMEOUT": "4s",
        ]
        let file = yaml("otlp: {endpoint: 'http://file/x', timeout: 1s, compression: gzip, headers: {a: file}}")
        let loaded = try Settings.load(environment: environment, file: file)
        var expected = OTLPSettings(endpoint: "http://standard:4318/m")
        expected.headers = [OTLPSettings.Header("a", "standard")]
        expected.timeout = .seconds(4)
        expected.usesGzip = true
        #expect(loaded.settings.otlp == expected)
        #expect(loaded.origins["otlp.endpoint"] == .openTelemetry)
        #expect(loaded.origins["otlp.timeout"] == .environment("EBPF_METRICS_OTLP_TIMEOUT"))
        #expect(loaded.origins["otlp.compression"] == .file("config.yaml", line: 1))
        #expect("\(Settings.Origin.openTelemetry)" == "environment OTEL_*")
        // Without an endpoint of their own they add to the file's, or to a flag's.
        let named = try Settings.load(environment: ["OTEL_SERVICE_NAME": "x"], file: file)
        #expect(named.settings.otlp?.endpoint == "http://file/x")
        #expect(named.settings.otlp?.resourceAttributes == [OTLPSettings.Header("service.name", "x")])
        let flagged = try Settings.load(
            flags: ["otlp.endpoint": ["http://flag/m"]], environment: ["OTEL_SERVICE_NAME": "x"])
        #expect(flagged.settings.otlp?.resourceAttributes == [OTLPSettings.Header("service.name", "x")])
        // They may also say not to push, which is stronger than the file and weaker than a flag.
        let off = ["OTEL_METRICS_EXPORTER": "none"]
        #expect(try Settings.load(environment: off, file: file).settings.otlp == nil)
        #expect(
            try Settings.load(flags: ["otlp.endpoint": ["http://flag/m"]], environment: off, file: file).settings.otlp?
                .endpoint == "http://flag/m")
    }

    @Test func aMistakeInTheVariablesOfOpenTelemetryIsNamed() {
        let error = #expect(throws: SettingsErrors.self) {
            try Settings.load(environment: [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            ])
        }
        #expect(
            error?.description.hasPrefix(
                "OTEL_EXPORTER_OTLP_PROTOCOL 'grpc' is not spoken here: HTTP with protobuf is the one transport")
                == true)
    }

    @Test func aMistakeOfThePlatformIsNoneWhereNothingIsPushed() throws {
        let grpc = ["OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"]
        #expect(try Settings.load(environment: grpc).settings.otlp == nil)
        let both = grpc.merging(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://x:4317"]) { $1 }
        #expect(try Settings.load(flags: ["otlp.endpoint": ["none"]], environment: both).settings.otlp == nil)
        #expect(throws: SettingsErrors.self) {
            try Settings.load(flags: ["otlp.endpoint": ["http://c"]], environment: grpc)
        }
    }

    @Test(arguments: [
        ("http://c:4318", "http://c:4318/v1/metrics"), ("https://c/", "https://c/v1/metrics"),
        ("http://c/x", "http://c/x"), ("http://c:4318?token=x", "http://c:4318?token=x"),
    ])
    func anEndpointWithoutAPathGetsTheUsualOne(_ text: String, _ expected: String) throws {
        #expect(try Settings.load(flags: ["otlp.endpoint": [text]]).settings.otlp?.endpoint == expected)
    }

    @Test(arguments: [
        "otlp: {endpoint: 'http://collector:notaport/x'}", "otlp: {endpoint: 'https://user:password@c'}",
        "otlp: {endpoint: 'http://c', headers: {host: evil}}",
    ])
    func whatAnExporterWouldRefuseIsAMistakeInTheFile(_ text: String) {
        let error = #expect(throws: SettingsErrors.self) { try Settings.load(file: yaml(text)) }
        #expect(error?.description.hasPrefix("config.yaml:1: otlp.") == true)
        #expect(error?.description.contains("password@") == false)
    }

    @Test func whatAPlatformSaysOfEveryProgramIsNoWarning() throws {
        #expect(try Settings.load(environment: ["OTEL_SERVICE_NAME": "x", "NODE_NAME": "n"]).warnings == [])
    }

    @Test(arguments: ["", "# nothing\n", "web:\ncollection:\n  # interval: 5s\n"])
    func anEmptyFileOrSectionSetsNothing(_ text: String) throws {
        #expect(try Settings.load(file: yaml(text)).settings == Settings())
    }

    @Test func anEmptyVariableIsNone() throws {
        #expect(try Settings.load(environment: ["EBPF_METRICS_PREFIX": ""]).settings == Settings())
    }

    @Test func variablesThatSetNothingAreWarnedOf() throws {
        let environment = [
            "EBPF_METRICS_CONFIG": "config.yaml", "EBPF_METRICS_SERVICE_HOST": "10.0.0.1",
            "EBPF_METRICS_SERVICE_PORT": "9944", "EBPF_METRICS_SERVICE_PORT_HTTP": "9944",
            "EBPF_METRICS_PORT": "tcp://10.0.0.1:9944", "EBPF_METRICS_PORT_9944_TCP": "tcp://10.0.0.1:9944",
            "EBPF_METRICS_PORT_9944_TCP_ADDR": "10.0.0.1", "EBPF_METRICS_WEB_SERVICE_HOST": "10.0.0.1",
            "EBPF_METRICS_WEB_PORT": "9944", "EBPF_METRICS_COLLECTION_INTERVALL": "5s", "EBPF_METRICS_FROBNICATE": "",
            "HOME": "/",
        ]
        #expect(
            try Settings.load(environment: environment).warnings == [
                "EBPF_METRICS_COLLECTION_INTERVALL is ignored: there is no such setting; did you mean "
                    + "EBPF_METRICS_COLLECTION_INTERVAL?",
                "EBPF_METRICS_FROBNICATE is ignored: there is no such setting",
                "EBPF_METRICS_WEB_PORT is ignored: there is no such setting",
            ])
    }

    @Test func aPortOfGRPCIsWarnedOf() throws {
        #expect(
            try Settings.load(flags: ["otlp.endpoint": ["http://c:4317"]]).warnings == [
                "otlp.endpoint (flag --otlp.endpoint) has port 4317, where most collectors speak gRPC; OTLP over HTTP is "
                    + "on 4318"
            ])
        #expect(try Settings.load(flags: ["otlp.endpoint": ["http://c:4318"]]).warnings == [])
    }

    @Test func whatHasNoEffectIsWarnedOf() throws {
        let loaded = try Settings.load(
            flags: ["otlp.timeout": ["5s"]], file: yaml("web: {listen_address: ':1', systemd_socket: true}"))
        #expect(loaded.settings.otlp == nil)
        #expect(
            loaded.warnings == [
                "otlp.timeout (flag --otlp.timeout) has no effect: without otlp.endpoint nothing is pushed",
                "web.listen_address (file config.yaml:1) has no effect: with web.systemd_socket, systemd says where to "
                    + "listen",
            ])
    }
}
