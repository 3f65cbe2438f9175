/// Something that was looked up about this host or process: the value if it could be learnt, and how.
public struct Observed<Value: Sendable>: Sendable {
    /// The value; nil when it could not be learnt.
    public let value: Value?
    /// How it was learnt: a file, a call, and what that said when it failed.
    public let evidence: String

    /// A value and where it came from.
    public init(_ value: Value, by evidence: String) {
        self.value = value
        self.evidence = evidence
    }

    /// Something that could not be learnt, and what was tried.
    public static func unknown(by evidence: String) -> Observed {
        Observed(value: nil, evidence: evidence)
    }

    private init(value: Value?, evidence: String) {
        self.value = value
        self.evidence = evidence
    }

    /// The same finding in another form.
    public func map<Other>(_ transform: (Value) -> Other) -> Observed<Other> {
        Observed<Other>(value: value.map(transform), evidence: evidence)
    }
}

extension Observed: Equatable where Value: Equatable {}
