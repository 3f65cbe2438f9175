public import EBPFMetrics
public import Logging

/// Everything a user can set, as it came out of flags, environment, file and profile.
public struct Settings: Sendable, Equatable {
    /// What is collected, and within which limits.
    public var collector: CollectorConfiguration
    /// How it is served.
    public var web = WebSettings()
    /// A scrape collects when the data is older than this; nil to show the last collection, however old.
    public var maxAge: Duration?
    /// Whether run statistics of programs are kept switched on while the daemon runs.
    public var holdsRunStatistics = false
    /// Whether the daemon keeps capabilities that it does not need.
    public var keepsCapabilities = false
    /// Where metrics are pushed to; nil for nowhere.
    public var otlp: OTLPSettings?
    /// What goes to the log.
    public var logLevel: Logger.Level

    /// The defaults of a profile, for a command.
    public init(profile: CollectorConfiguration.Profile = .production, for command: Command = .daemon) {
        collector = .of(profile)
        // A daemon's log is read afterwards; who looks by hand sees what is wrong only.
        logLevel = command == .daemon ? .info : .warning
    }

    /// Who asks for settings.
    public enum Command: Sendable, CaseIterable {
        /// A look by hand.
        case collect
        /// The diagnosis of what a daemon would see.
        case doctor
        /// What serves, or tells about serving.
        case daemon
    }
}

/// How metrics are served.
public struct WebSettings: Sendable, Equatable {
    /// Where to listen: `host:port`, `[address]:port`, or `:port` for every address.
    public var listenAddresses = ["127.0.0.1:9944"]
    /// The path of the metrics.
    public var telemetryPath = "/metrics"
    /// A file with certificates and users, in the format of the Prometheus exporters; nil for neither.
    public var configFile: String?
    /// Whether systemd hands over the sockets to listen on, in place of the addresses.
    public var usesSystemdSocket = false
    /// The most connections at a time.
    public var maxConnections = 512

    /// The defaults.
    public init() {}
}

extension Settings {
    /// The push as something to set parts of, in any order; without an endpoint it is none in the end.
    var push: OTLPSettings {
        get { otlp ?? OTLPSettings(endpoint: "") }
        set { otlp = newValue }
    }
}
