import Settings
import Testing

/// What is wrong is said in full, with its place.
@Suite struct SettingsErrorTests {
    private func errors(
        flags: [String: [String]] = [:], environment: [String: String] = [:], file: String = ""
    ) -> [SettingsError] {
        do throws(SettingsErrors) {
            _ = try Settings.load(flags: flags, environment: environment, file: yaml(file))
            return []
        } catch {
            return error.errors
        }
    }

    @Test(
        arguments: [
            ("deadline: 5 parsecs", "deadline '5 parsecs' is no duration; write 60s, 500ms, 2m or 1h", .badValue),
            ("deadline: -1", "deadline '-1' is no duration; write 60s, 500ms, 2m or 1h", .badValue),
            ("deadline: 1e3", "deadline '1e3' is no duration; write 60s, 500ms, 2m or 1h", .badValue),
            ("deadline: 0", "deadline '0' is out of range; give a duration from 1ms to 24h", .outOfRange),
            (
                "deadline: 99999999999999999999h",
                "deadline '99999999999999999999h' is out of range; give a duration from 1ms to 24h", .outOfRange
            ),
            ("deadline:", "deadline is empty; give a value, or leave the line out", .empty),
            ("deadline: ''", "deadline '' is empty; give a duration", .empty),
            ("deadline: [1]", "deadline is a list; a single value is expected", .wrongType),
            ("deadline: {a: 1}", "deadline is a mapping; a single value is expected", .wrongType),
            (
                "collection.max_memory: 10M",
                "collection.max_memory '10M' is no size; write 10MiB, 512KiB, 1GiB, 10MB, 500kB or a number of bytes",
                .badValue
            ),
            (
                "collection.max_memory: 1kB",
                "collection.max_memory '1kB' is out of range; give a size from 64KiB to 1024GiB", .outOfRange
            ),
            (
                "web.max_connections: 1.5",
                "web.max_connections '1.5' is no whole number; give one from 1 to 100000", .badValue
            ),
            (
                "web.max_connections: 0", "web.max_connections '0' is out of range; give a number from 1 to 100000",
                .outOfRange
            ),
            ("enable_run_stats: y", "enable_run_stats 'y' is neither true nor false", .badValue),
            (
                "profile: tiny", "profile 'tiny' is no profile; choose high-performance, production, detailed or all",
                .badValue
            ),
            ("source: [procfs, bfs]", "source 'bfs' is no source; choose libbpf, procfs or bpffs", .badValue),
            ("source: [procfs, procfs]", "source has 'procfs' twice", .duplicate),
            ("source: [[procfs]]", "source has a list in its list; a single value is expected", .wrongType),
            (
                "prefix: 'odi*'",
                "prefix 'odi*' matches nothing: kernel names are made of letters, digits, '_' and '.'",
                .badValue
            ),
            (
                "prefix: odigos_0123456789",
                "prefix 'odigos_0123456789' matches nothing: kernel names have at most 15 characters", .outOfRange
            ),
            (
                "metrics.prefix: 9x",
                "metrics.prefix '9x' cannot begin a metric's name; use letters, digits and '_', such as "
                    + "odigos", .badValue
            ),
            ("web.listen_address: []", "web.listen_address is empty; give at least one host:port", .empty),
            (
                "web.listen_address: localhost",
                "web.listen_address 'localhost' has no port; write 127.0.0.1:9944, [::1]:9944 or :9944", .badValue
            ),
            (
                "web.listen_address: '::1:9944'",
                "web.listen_address '::1:9944' is no address; write 127.0.0.1:9944, [::1]:9944 or :9944", .badValue
            ),
            (
                "web.listen_address: ':99440'",
                "web.listen_address ':99440' has no port; write 127.0.0.1:9944, [::1]:9944 or :9944", .badValue
            ),
            (
                "web.telemetry_path: metrics",
                "web.telemetry_path 'metrics' is no path of a URL; write one such as /metrics", .badValue
            ),
            (
                "web.telemetry_path: /healthz",
                "web.telemetry_path '/healthz' is taken by another page; write one such as /metrics", .badValue
            ),
            (
                "otlp.endpoint: collector:4317",
                "otlp.endpoint does not begin with http:// or https://; write it like "
                    + "http://collector:4318", .badValue
            ),
            ("otlp.compression: zstd", "otlp.compression 'zstd' is no compression; choose gzip or none", .badValue),
            ("otlp.headers: [a]", "otlp.headers is a list; a mapping of names to values is expected", .wrongType),
            ("otlp.headers: {a b: c}", "otlp.headers 'a b' cannot be the name of a header", .badValue),
            (
                "otlp.headers: {a: \"x\\r\\nb: c\"}",
                "otlp.headers the value of 'a' has a line break or another control character",
                .badValue
            ),
            ("otlp.headers: {a: }", "otlp.headers has nothing for 'a'; a single value is expected", .wrongType),
            ("collection: 5", "collection is a single value; a mapping of settings is expected", .wrongType),
            ("[profile]", "a list stands here; a mapping of settings is expected", .wrongType),
            (
                "intervall: 5s", "intervall is no setting; did you mean collection.interval?",
                .unknown(didYouMean: "collection.interval")
            ),
            (
                "collection: {max-memory: 5MiB}",
                "collection.max-memory is no setting; did you mean collection.max_memory?",
                .unknown(didYouMean: "collection.max_memory")
            ),
            (
                "listen_address: ':1'", "listen_address is no setting; did you mean web.listen_address?",
                .unknown(didYouMean: "web.listen_address")
            ),
            ("frobnicate: {deadline: x}", "frobnicate is no setting", .unknown(didYouMean: nil)),
            ("a: b: c", "mapping values are not allowed in this context", .notYAML),
            (
                "otlp: {client_key: k}",
                "otlp.client_key needs its certificate; set otlp.client_certificate, too", .conflict
            ),
        ] as [(String, String, SettingsError.Kind)])
    func aMistakeInTheFile(_ text: String, _ message: String, _ kind: SettingsError.Kind) {
        let errors = errors(file: "# comment\n\n" + text)
        #expect(errors.map(\.description) == ["config.yaml:3: \(message)"])
        #expect(errors.map(\.kind) == [kind])
    }

    @Test func allMistakesAreToldInTheOrderOfLines() {
        let file = """
            web:
              listenaddress: x
            prefix:
              - ok_
              - ""
              - ok_
            profile: tiny
            web.max_connections: 5
            frobnicate: 1
            web.max_connections: 6
            """
        // The same key twice at one level is found by the reader of YAML, and ends the reading.
        #expect(
            errors(file: file).map(\.description) == [
                "config.yaml:10: 'web.max_connections' is there twice; it stands in line 8 already"
            ])
        let other = file.replacing("web.max_connections: 6", with: "collection: {interval: 1s, frob: 2}")
            .replacing("  listenaddress: x", with: "  listenaddress: x\n  max_connections: 1")
        #expect(
            errors(file: other).map(\.description) == [
                "config.yaml:2: web.listenaddress is no setting; did you mean web.listen_address?",
                "config.yaml:6: prefix '' is empty; give a text",
                "config.yaml:7: prefix has 'ok_' twice",
                "config.yaml:8: profile 'tiny' is no profile; choose high-performance, production, detailed or all",
                "config.yaml:9: web.max_connections is there twice; it stands in line 3 already",
                "config.yaml:10: frobnicate is no setting",
                "config.yaml:11: collection.frob is no setting",
            ])
    }

    @Test func eachLayerIsNamed() {
        let errors = errors(
            flags: ["profile": ["x"], "collection.max_age": ["soon"]],
            environment: ["EBPF_METRICS_PROFILE": "y", "EBPF_METRICS_HOLDERS": "1"], file: "profile: z")
        let choice = "is no profile; choose high-performance, production, detailed or all"
        #expect(
            errors.map(\.description) == [
                "--collection.max-age 'soon' is no duration; write 60s, 500ms, 2m or 1h",
                "--profile 'x' \(choice)",
                "EBPF_METRICS_PROFILE 'y' \(choice)",
                "EBPF_METRICS_HOLDERS '1' is neither true nor false",
                "config.yaml:1: profile 'z' \(choice)",
            ])
    }

    @Test func aSecretIsNotTold() {
        let errors = errors(environment: ["EBPF_METRICS_OTLP_HEADERS": "hunter2"])
        #expect(
            errors.map(\.description) == [
                "EBPF_METRICS_OTLP_HEADERS has an entry without '='; write name=value, separated by commas"
            ])
        let twice = self.errors(flags: ["otlp.headers": ["a=hunter2", "a=hunter3"]])
        #expect(twice.map(\.description) == ["--otlp.headers has a name twice"])
    }

    @Test func hostileTextIsCutAndHarmless() throws {
        let error = try #require(errors(file: "profile: \"\\e[2J\(String(repeating: "x", count: 10_000))\"").first)
        #expect(error.description.hasPrefix("config.yaml:1: profile '\\u{1b}[2Jxxx"))
        #expect(error.description.count < 200)
    }

    /// Bytes of the example changed at random, the same each time: each is understood or refused, none brings it down.
    @Test func aBrokenFileIsRefusedOrRead() throws {
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let bytes = try uncommentedExample()
        var refused = 0
        for _ in 0..<300 {
            var changed = bytes
            for _ in 0...random(4) {
                let index = random(changed.count)
                switch random(3) {
                case 0: changed[index] = UInt8(random(256))
                case 1: changed.remove(at: index)
                default: changed.insert(contentsOf: changed[random(changed.count)...].prefix(random(40)), at: index)
                }
            }
            do throws(SettingsErrors) {
                _ = try Settings.load(file: Settings.File(path: "config.yaml", bytes: changed))
            } catch {
                refused += 1
                #expect(!error.errors.isEmpty)
            }
        }
        #expect(refused > 0 && refused < 300)
    }
}
