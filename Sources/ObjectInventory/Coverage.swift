/// The facts of which a collection can be complete or not, each by itself: counts can be whole while memory is unknown.
public enum Fact: UInt8, Sendable, CaseIterable, Hashable {
    case programs
    case maps
    case links
    case pins
    case holders
    case memory

    /// The value of the `of` label.
    public var name: String {
        switch self {
        case .programs: "programs"
        case .maps: "maps"
        case .links: "links"
        case .pins: "pins"
        case .holders: "holders"
        case .memory: "memory"
        }
    }
}

/// A set of facts.
public struct Coverage: OptionSet, Sendable, Hashable {
    /// One bit for each fact.
    public let rawValue: UInt8

    /// A set from its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The set of one fact.
    public init(_ fact: Fact) {
        rawValue = 1 << fact.rawValue
    }

    /// Programs, maps and links.
    public static let objects: Coverage = [Coverage(.programs), Coverage(.maps), Coverage(.links)]

    /// Whether the fact is a member.
    public func contains(_ fact: Fact) -> Bool { contains(Coverage(fact)) }

    /// The members in order.
    public var facts: [Fact] { Fact.allCases.filter { contains($0) } }
}
