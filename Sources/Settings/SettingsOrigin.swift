public import EBPFMetrics
internal import KernelObjects

extension Settings {
    /// Where a value comes from.
    public enum Origin: Sendable, Equatable, CustomStringConvertible {
        /// A flag, as it is written: `--profile`.
        case flag(String)
        /// An environment variable.
        case environment(String)
        /// The standard variables of OpenTelemetry.
        case openTelemetry
        /// A line of the file, from 1.
        case file(String, line: Int)
        /// The profile.
        case profile(CollectorConfiguration.Profile)
        /// Nobody set it.
        case `default`

        /// A few words: `flag --profile`, `file config.yaml:3`.
        public var description: String {
            switch self {
            case .flag(let name): "flag \(name)"
            case .environment(let name): "environment \(name)"
            case .openTelemetry: "environment OTEL_*"
            case .file(let path, let line): "file \(PrintableText.of(path.utf8)):\(line)"
            case .profile(let profile): "profile \(profile.rawValue)"
            case .default: "default"
            }
        }
    }
}
