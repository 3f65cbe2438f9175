/// The kinds of BPF object that have ids of their own.
public enum ObjectKind: UInt8, Sendable, CaseIterable, Hashable {
    case program
    case map
    case link

    /// The word for one, as bpftool spells it out in prose.
    public var name: String {
        switch self {
        case .program: "program"
        case .map: "map"
        case .link: "link"
        }
    }
}

/// An object's id: unique among the live objects of its kind on the whole host, from 1,
/// growing until it wraps near 2^31. Kernel 4.13 (links: 5.8).
public typealias ObjectID = UInt32

/// What identifies an object: sources agree on it, so facts about it can be merged.
public struct ObjectKey: Hashable, Sendable {
    /// The kind of object.
    public let kind: ObjectKind
    /// Its id among those of its kind.
    public let id: ObjectID

    /// Pairs a kind and an id.
    public init(_ kind: ObjectKind, _ id: ObjectID) {
        self.kind = kind
        self.id = id
    }
}
