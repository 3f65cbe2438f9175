import KernelObjects

/// Which programs a collection is about: those whose kernel name begins with one of the prefixes, or all.
public struct ProgramFilter: Sendable, Equatable {
    /// The prefixes; empty for all programs.
    public let prefixes: [String]

    /// A filter for these prefixes.
    public init(prefixes: [String] = []) {
        self.prefixes = prefixes
    }

    /// Whether every program passes.
    public var passesAll: Bool { prefixes.isEmpty }

    /// What the filter says of a program.
    enum Verdict: UInt8 {
        /// Its name is not known, so nothing can be said.
        case undecided
        case matches
        case differs
    }

    func verdict(on name: KernelName?) -> Verdict {
        if passesAll { return .matches }
        guard let name else { return .undecided }
        return prefixes.contains { name.hasPrefix($0) } ? .matches : .differs
    }
}
