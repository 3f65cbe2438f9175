internal import CLibcap
internal import Glibc

/// The capability sets of the calling thread, as libcap tells them.
public struct ProcessCapabilities: Sendable, Equatable {
    /// What the kernel checks.
    public var effective: CapabilitySet
    /// What the thread may make effective.
    public var permitted: CapabilitySet
    /// What an exec may still give.
    public var bounding: CapabilitySet
    /// What an exec of an ordinary file keeps.
    public var ambient: CapabilitySet

    /// Sets given outright: for replay and tests.
    public init(
        effective: CapabilitySet, permitted: CapabilitySet, bounding: CapabilitySet, ambient: CapabilitySet
    ) {
        self.effective = effective
        self.permitted = permitted
        self.bounding = bounding
        self.ambient = ambient
    }

    /// Asks libcap (`cap_get_proc(3)`, `cap_get_bound(3)`, `cap_get_ambient(3)`).
    package static func current() throws(Errno) -> ProcessCapabilities {
        guard let sets = cap_get_proc() else { throw Errno.last }
        defer { cap_free(UnsafeMutableRawPointer(sets)) }
        func flag(_ which: cap_flag_t) -> CapabilitySet {
            LibcapSet.members { capability in
                var value = CAP_CLEAR
                return cap_get_flag(sets, capability, which, &value) == 0 && value == CAP_SET
            }
        }
        return ProcessCapabilities(
            effective: flag(CAP_EFFECTIVE),
            permitted: flag(CAP_PERMITTED),
            bounding: LibcapSet.members { cap_get_bound($0) == 1 },
            ambient: LibcapSet.members { cap_get_ambient($0) == 1 }
        )
    }
}

/// The capabilities that an executable file gives to whom runs it.
public struct FileCapabilities: Sendable, Equatable {
    /// As `getcap(8)` prints them, for example `cap_sys_ptrace=ep`.
    public let text: String

    /// Wraps the text form.
    public init(text: String) {
        self.text = text
    }

    /// What the file at `path` carries; nil when it carries none.
    package static func of(_ path: String) throws(Errno) -> FileCapabilities? {
        guard let sets = cap_get_file(path) else {
            let error = Errno.last
            // ENODATA: no capability attribute; EOPNOTSUPP: the file system has none.
            if error.rawValue == ENODATA || error.rawValue == EOPNOTSUPP { return nil }
            throw error
        }
        defer { cap_free(UnsafeMutableRawPointer(sets)) }
        guard let text = cap_to_text(sets, nil) else { throw Errno.last }
        defer { cap_free(text) }
        return FileCapabilities(text: String(cString: text))
    }
}

extension Capability: CustomStringConvertible {
    /// The kernel's name in capitals, `CAP_SYS_PTRACE`.
    public var description: String {
        guard let name = cap_to_name(rawValue) else { return "CAP_\(rawValue)" }
        defer { cap_free(name) }
        return String(cString: name).uppercased()
    }
}

private enum LibcapSet {
    static func members(where isMember: (cap_value_t) -> Bool) -> CapabilitySet {
        var bits: UInt64 = 0
        for number in 0..<cap_max_bits() where isMember(number) { bits |= 1 << UInt64(number) }
        return CapabilitySet(rawValue: bits)
    }
}

extension Capability {
    /// The capability of a name, `CAP_SYS_PTRACE` or `sys_ptrace`, in capitals or not.
    package init?(name: String) {
        let lower = name.lowercased()
        var value: cap_value_t = 0
        guard cap_from_name(lower.hasPrefix("cap_") ? lower : "cap_\(lower)", &value) == 0 else { return nil }
        self.init(rawValue: value)
    }
}
