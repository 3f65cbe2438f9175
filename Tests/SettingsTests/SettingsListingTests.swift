import EBPFMetrics
import Foundation
import Settings
import TestSupport
import Testing

@Suite struct SettingsListingTests {
    @Test func textTellsValueAndOrigin() throws {
        let loaded = try Settings.load(
            flags: ["profile": ["detailed"]], environment: ["EBPF_METRICS_DEADLINE": "5"],
            file: yaml("\n\nprefix: [a_, b_]\notlp: {endpoint: 'http://c', headers: {authorization: hunter2}}"))
        let rows = loaded.text().split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.count == Setting.all.count)
        for row in [
            ["profile", "detailed", "flag", "--profile"],
            ["prefix", "a_,b_", "file", "config.yaml:3"],
            ["deadline", "5s", "environment", "EBPF_METRICS_DEADLINE"],
            ["source", "auto", "default"],
            ["collection.interval", "30s", "profile", "detailed"],
            ["collection.max_memory", "50MiB", "profile", "detailed"],
            ["otlp.endpoint", "http://c/v1/metrics", "file", "config.yaml:4"],
            ["otlp.headers", "authorization=<secret>", "file", "config.yaml:4"],
        ] { #expect(rows.contains(row), "\(row)") }
        #expect(!loaded.text().contains("hunter2") && !loaded.yaml().contains("hunter2"))
    }

    @Test(arguments: CollectorConfiguration.Profile.allCases) func whatIsPrintedLoads(
        _ profile: CollectorConfiguration.Profile
    ) throws {
        let flags = [
            "profile": [profile.rawValue], "source": ["procfs"], "collection.max_age": ["1.5"],
            "enable_run_stats": ["true"],
            "web.listen_address": [":1", "[::1]:2"], "path.procfs": ["/a \"b\" \\ # c: \u{7F}\u{1}ä"],
            "path.sysfs": ["null"], "otlp.endpoint": ["https://c"],
            "otlp.resource_attributes": ["a=b: c", "d=", "e=- f"],
        ]
        let loaded = try Settings.load(flags: flags)
        let again = try Settings.load(file: yaml(loaded.yaml()))
        #expect(again.settings == loaded.settings)
        let plain = try Settings.load(baseProfile: profile)
        #expect(try Settings.load(file: yaml(plain.yaml())).settings.collector == plain.settings.collector)
    }

    @Test func secretsAreLeftOutOfTheFile() throws {
        let loaded = try Settings.load(flags: ["otlp.headers": ["a=b"], "otlp.endpoint": ["http://c"]])
        #expect(loaded.yaml().contains("\n  # headers: {a: \"<secret>\"}  # flag --otlp.headers\n"))
        #expect(try Settings.load(file: yaml(loaded.yaml())).settings.otlp?.headers == [])
    }

    @Test func theDocumentTellsOfEverySetting() throws {
        let text = try String(contentsOf: Fixtures.root.appending(path: "docs/CONFIGURATION.md"), encoding: .utf8)
        for setting in Setting.all {
            let row = try #require(
                text.split(separator: "\n").first { $0.hasPrefix("| `\(setting.key)` |") }, "\(setting.key)")
            #expect(row.contains("`\(setting.flag)`"), "\(row)")
            #expect(row.contains("`\(setting.variable)`"), "\(row)")
            let defaults = [.highPerformance, .production, .detailed].map {
                setting.shown(Settings(profile: $0)).joined(separator: ",")
            }
            let shown = setting.isOfProfile ? defaults.map { "`\($0)`" }.joined(separator: " · ") : "`\(defaults[1])`"
            #expect(row.contains("| \(shown) |"), "\(row) lacks \(shown)")
        }
    }

    @Test func theExampleHasEverySettingAndLoads() throws {
        let loaded = try Settings.load(file: yaml(try example()))
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.settings == Settings())
        // What is commented out loads, too, and then every setting is there.
        let all = try Settings.load(file: Settings.File(path: "config.yaml", bytes: try uncommentedExample()))
        for setting in Setting.all {
            guard case .file = all.origins[setting.key] else {
                Issue.record("\(setting.key) is not in the example")
                continue
            }
        }
        // What it shows as defaults are the defaults.
        var expected = Settings()
        var push = OTLPSettings(endpoint: "http://collector:4318/v1/metrics")
        push.headers = [OTLPSettings.Header("authorization", "Bearer token")]
        push.resourceAttributes = [OTLPSettings.Header("deployment.environment", "test")]
        expected.otlp = push
        #expect(all.settings == expected)
    }
}

/// The example file.
func example() throws -> String {
    try String(contentsOf: Fixtures.root.appending(path: "deploy/ebpf-metrics.yaml"), encoding: .utf8)
}

/// The example file with every setting in force: those commented out have no space after the `#`.
func uncommentedExample() throws -> [UInt8] {
    let lines = try example().split(separator: "\n", omittingEmptySubsequences: false)
    return Array(lines.map { $0.replacing(/^( *)#(?! |$)/) { "\($0.output.1)" } }.joined(separator: "\n").utf8)
}
