internal import KernelObjects

/// One thing that is wrong with what a user set.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What sort of mistake it is.
    public let kind: Kind
    /// Where it was made.
    public let origin: Settings.Origin
    /// The setting it is about; nil when it is about the file as a whole.
    public let key: String?
    /// What is wrong, as the rest of a sentence that begins with the setting.
    private let text: String

    /// A sort of mistake.
    public enum Kind: Sendable, Equatable {
        /// There is no such setting; perhaps another one is meant.
        case unknown(didYouMean: String?)
        /// A list, a mapping or a single value in place of another.
        case wrongType
        /// The value is not understood: a word, a number or a unit that is none.
        case badValue
        /// The value is understood, but too small or too large.
        case outOfRange
        /// Set or listed twice.
        case duplicate
        /// There is no value.
        case empty
        /// The file is no YAML.
        case notYAML
        /// It does not go together with another setting.
        case conflict
    }

    init(_ kind: Kind, _ origin: Settings.Origin, key: String? = nil, _ text: String) {
        self.kind = kind
        self.origin = origin
        self.key = key
        self.text = text
    }

    /// One line: `config.yaml:7: collection.interval '5 parsecs' is no duration; …`, `--profile 'x' is …`.
    public var description: String {
        let name = key.map { PrintableText.of($0.utf8) + " " } ?? ""
        let what = PrintableText.of(text.utf8)
        return switch origin {
        case .file(let path, let line): "\(PrintableText.of(path.utf8)):\(line): \(name)\(what)"
        case .flag(let name), .environment(let name): "\(name) \(what)"
        case .openTelemetry, .profile, .default: "\(origin): \(name)\(what)"
        }
    }
}

/// Everything that is wrong with what a user set: never empty; what is in the file in the order of its lines.
public struct SettingsErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// The mistakes: those of flags first, then of the environment, then of the file.
    public let errors: [SettingsError]

    init(_ errors: [SettingsError]) {
        self.errors = errors
    }

    /// A line for each.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// What is wrong with a value, wherever it was given.
struct ValueProblem: Error {
    let kind: SettingsError.Kind
    let text: String

    /// Something about a value, which is quoted, and cut if it is long.
    init(_ kind: SettingsError.Kind, _ value: String, _ text: String) {
        let shown = value.count > 60 ? value.prefix(60) + "…" : value[...]
        self.init(kind, "'\(shown)' \(text)")
    }

    init(_ kind: SettingsError.Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}
