/// A Linux capability (capabilities(7)), by its kernel number.
public struct Capability: Hashable, Sendable, RawRepresentable {
    /// The kernel's number of the capability.
    public let rawValue: Int32

    /// Wraps a kernel number.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Bypass file permissions.
    package static let dacOverride = Capability(rawValue: 1)
    /// Bypass file read and directory search permission.
    public static let dacReadSearch = Capability(rawValue: 2)
    /// Drop capabilities from the bounding set.
    public static let setPCap = Capability(rawValue: 8)
    /// Listen on ports below 1024.
    public static let netBindService = Capability(rawValue: 10)
    /// Network settings.
    package static let netAdmin = Capability(rawValue: 12)
    /// Look into other processes.
    public static let sysPtrace = Capability(rawValue: 19)
    /// What walking BPF ids takes, on every kernel to date.
    public static let sysAdmin = Capability(rawValue: 21)
    /// Loading BPF objects. Kernel 5.8. It does not allow to walk ids.
    public static let bpf = Capability(rawValue: 39)

    /// The highest number that a capability set can hold.
    package static let highest: Int32 = 63
}

/// A set of capabilities.
public struct CapabilitySet: Sendable, Equatable, OptionSet {
    /// One bit for each capability, as `/proc/PID/status` prints it.
    public let rawValue: UInt64

    /// A set from its bits.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// A set from its members.
    public init(_ members: [Capability]) {
        rawValue = members.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    }

    /// Whether the capability is a member.
    public func contains(_ capability: Capability) -> Bool {
        rawValue & (1 << UInt64(capability.rawValue)) != 0
    }

    /// The members by rising number.
    public var members: [Capability] {
        (0...Capability.highest).map(Capability.init(rawValue:)).filter(contains)
    }
}
