/// Where a fact was learnt.
public enum SourceKind: UInt8, Sendable, CaseIterable, Hashable {
    /// Walking ids with libbpf.
    case libbpf
    /// `/proc/PID/fdinfo`, and copies of fds made with `pidfd_getfd(2)`.
    case procfs
    /// Pins in bpffs.
    case bpffs

    /// The name that users type and read.
    public var name: String {
        switch self {
        case .libbpf: "libbpf"
        case .procfs: "procfs"
        case .bpffs: "bpffs"
        }
    }

    /// The source of that name.
    public init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}

/// The sources that have seen an object.
public struct SourceSet: OptionSet, Sendable, Hashable {
    /// One bit for each source.
    public let rawValue: UInt8

    /// A set from its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The set of one source.
    public init(_ kind: SourceKind) {
        rawValue = 1 << kind.rawValue
    }

    /// The members, in the order of their quality.
    public var kinds: [SourceKind] {
        SourceKind.allCases.filter { contains(SourceSet($0)) }
    }
}
