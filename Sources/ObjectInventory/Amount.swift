/// A number together with how much it may be trusted.
///
/// Nothing in this project answers zero where it means "not allowed to look".
public enum Amount: Sendable, Equatable {
    /// The whole truth.
    case exact(UInt64)
    /// What could be seen; there may be more.
    case atLeast(UInt64)
    /// Nothing could be seen.
    case unknown

    /// What was seen of it: exact when `complete`, unknown when nothing was seen and there may be more.
    public init(_ value: UInt64, complete: Bool) {
        self = complete ? .exact(value) : value == 0 ? .unknown : .atLeast(value)
    }

    /// The number, or nil when nothing could be seen.
    public var value: UInt64? {
        switch self {
        case .exact(let value), .atLeast(let value): value
        case .unknown: nil
        }
    }

    /// Whether it is the whole truth.
    public var isExact: Bool {
        if case .exact = self { true } else { false }
    }
}
