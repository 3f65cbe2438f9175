import Foundation

/// A Prometheus that was fetched by `scripts/fetch-prometheus`, or installed.
public struct PrometheusBuild: Sendable {
    /// The folder of `prometheus` and `promtool`.
    private let folder: String
    /// Such as 2.42.
    public let version: Version

    /// Major and minor.
    public struct Version: Sendable, Comparable, CustomStringConvertible {
        let major: Int
        let minor: Int

        /// A version.
        public init(_ major: Int, _ minor: Int) { (self.major, self.minor) = (major, minor) }

        /// The older one is less.
        public static func < (one: Version, other: Version) -> Bool {
            (one.major, one.minor) < (other.major, other.minor)
        }

        /// With a dot.
        public var description: String { "\(major).\(minor)" }
    }

    /// The distribution's: text only.
    public static let distribution = PrometheusBuild(fetched: "distribution", orElse: "/usr/bin")
    /// A newer one: native histograms.
    public static let newer = PrometheusBuild(fetched: "newer", orElse: nil)

    /// The server.
    public var prometheus: String { folder + "/prometheus" }
    /// Its tool.
    public var promtool: Program { Program(folder + "/promtool") }

    /// What an installed or fetched program runs and says it is.
    private init?(fetched name: String, orElse installed: String?) {
        for folder in [Self.fetched(name), installed].compactMap(\.self) {
            guard let answer = try? Program(folder + "/prometheus", ["--version"]).run(), answer.status == 0,
                // Old versions print it to standard error.
                let match = (answer.text + answer.errors).firstMatch(of: #/version ([0-9]+)\.([0-9]+)/#),
                let major = Int(match.1), let minor = Int(match.2)
            else { continue }
            self.folder = folder
            version = Version(major, minor)
            return
        }
        return nil
    }

    /// Where `scripts/fetch-prometheus` puts the programs of a target.
    static func fetched(_ target: String) -> String {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache"
        return (environment["EBPF_METRICS_PROMETHEUS"] ?? cache + "/ebpf-metrics/prometheus") + "/\(target)/usr/bin"
    }

    /// Which switches turn native histograms on in this version; from 3.8 on the configuration does. Before 2.45 it
    /// could not take a histogram in both shapes, so it is left to read text.
    var features: [String] {
        (Version(2, 45)..<Version(3, 8)).contains(version) ? ["--enable-feature=native-histograms"] : []
    }

    /// What a scrape must be told to take a histogram in both shapes, native and classic.
    var bothHistograms: [String] {
        var lines: [String] = []
        if version >= Version(3, 8) { lines.append("scrape_native_histograms: true") }
        if version >= Version(3, 0) {
            lines.append("always_scrape_classic_histograms: true")
        } else if version >= Version(2, 45) {
            lines.append("scrape_classic_histograms: true")
        }
        return lines
    }
}
