package import LinuxSystem

/// Whom a recording is replayed as: a user id, its group of the same number, and exactly these capabilities.
package struct Identity: Sendable, Equatable {
    /// The user id.
    package var uid: UInt32
    /// The capabilities, in every set that there is.
    package var capabilities: CapabilitySet

    /// That of the user nobody.
    package static let nobody: UInt32 = 65534

    package init(uid: UInt32 = nobody, capabilities: CapabilitySet) {
        self.uid = uid
        self.capabilities = capabilities
    }

    /// Understands `none`, `CAP_BPF,CAP_PERFMON`, `0:none` (root without any).
    package init(_ text: String) throws(AssumedRightsError) {
        var names = text[...]
        uid = Self.nobody
        if let colon = text.firstIndex(of: ":") {
            guard let number = UInt32(text[..<colon]) else {
                throw AssumedRightsError("'\(text)' has no user id before its colon: write it as 0:CAP_BPF")
            }
            uid = number
            names = text[text.index(after: colon)...]
        }
        var members: [Capability] = []
        if names.lowercased() != "none" {
            for name in names.split(separator: ",", omittingEmptySubsequences: false) {
                guard let capability = Capability(name: String(name)) else {
                    throw AssumedRightsError(
                        "'\(name)' is no capability: write them as CAP_SYS_PTRACE,CAP_BPF, or none for none at all")
                }
                members.append(capability)
            }
        }
        capabilities = CapabilitySet(members)
    }
}

/// Why a recording cannot be replayed as somebody else.
package struct AssumedRightsError: Error, Sendable, CustomStringConvertible {
    /// One sentence.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
