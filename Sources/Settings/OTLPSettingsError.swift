/// Why what was set for OpenTelemetry cannot be used.
public struct OTLPSettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The variable or key that is wrong.
    public let name: String
    /// What is wrong with it, and what to do.
    public let reason: String

    /// Says what is wrong with a variable or key.
    public init(_ name: String, _ reason: String) {
        self.name = name
        self.reason = reason
    }

    /// Both.
    public var description: String { "\(name): \(reason)" }
}
