public import Testing

/// A set of rights to look with, and what is within its reach: one definition for this host and for other kernels.
public struct PrivilegeRow: CustomTestStringConvertible, Sendable {
    /// Which of the workload's objects are meant.
    public struct Reach: OptionSet, Sendable {
        /// The bits.
        public let rawValue: Int
        /// A set of these bits.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// Held by a process's fd, or by a thread's own fd table.
        public static let descriptors = Reach(rawValue: 1)
        /// Pins of programs and maps that anybody may read.
        public static let readablePins = Reach(rawValue: 2)
        /// Pins of programs and maps that only their owner may read.
        public static let ownPins = Reach(rawValue: 4)
        /// Pins of links: these take write permission.
        public static let linkPins = Reach(rawValue: 8)
        /// Whatever is only attached.
        public static let attachments = Reach(rawValue: 16)

        /// Pins of programs and maps.
        public static let pins: Reach = [.readablePins, .ownPins]
        /// Everything.
        public static let all: Reach = [.descriptors, .pins, .linkPins, .attachments]
    }

    /// The rights in words.
    public let name: String
    /// What the collector is run under; nil for root as it is.
    public let runner: Program?
    /// Whether the workload's processes belong to nobody and have no capability, instead of being root's.
    public var targetsNobody = false
    /// What is within reach on a kernel of today that has no bug in the way.
    public let reach: Reach
    /// Whether all objects of the host are seen, and said to be.
    public var isComplete = false
    /// Whether files of the workload's processes that only their owner may read are open, as `/proc/PID/fd` is: by
    /// being the owner, by CAP_DAC_OVERRIDE or by CAP_DAC_READ_SEARCH.
    public var readsOwnersFiles = false
    /// Whether bpf(2) answers where it is closed to the unprivileged: CAP_BPF or CAP_SYS_ADMIN.
    public var hasBPF = false

    /// The name, in reports.
    public var testDescription: String { name }

    /// The name of a file or folder for this row.
    public var slug: String {
        name.lowercased().map { $0.isLetter || $0.isNumber ? String($0) : " " }.joined()
            .split(separator: " ").joined(separator: "-")
    }
}

extension PrivilegeRow {
    /// What a container gets unless told otherwise.
    private static let containerDefault = [
        "chown", "dac_override", "fsetid", "fowner", "mknod", "net_raw", "setgid", "setuid", "setfcap", "setpcap",
        "net_bind_service", "sys_chroot", "kill", "audit_write",
    ]

    private static func nobody(_ capabilities: String...) -> Program {
        Restricted.setpriv(uid: Restricted.nobody, capabilities)
    }

    /// Every set of rights that is tried.
    public static let all: [PrivilegeRow] = [
        PrivilegeRow(
            name: "root, all capabilities", runner: nil, reach: .all, isComplete: true, readsOwnersFiles: true,
            hasBPF: true),
        PrivilegeRow(
            name: "uid 0, no capability", runner: Restricted.setpriv(uid: 0), reach: [.pins, .linkPins],
            readsOwnersFiles: true),
        PrivilegeRow(
            name: "uid 0, container default capabilities", runner: Restricted.setpriv(uid: 0, containerDefault),
            reach: [.pins, .linkPins], readsOwnersFiles: true),
        PrivilegeRow(name: "no capability", runner: nobody(), reach: .readablePins),
        PrivilegeRow(
            name: "no capability, target of the same uid without any", runner: nobody(), targetsNobody: true,
            reach: [.descriptors, .readablePins], readsOwnersFiles: true),
        PrivilegeRow(name: "CAP_BPF", runner: nobody("bpf"), reach: .readablePins, hasBPF: true),
        PrivilegeRow(
            name: "CAP_BPF, CAP_PERFMON", runner: nobody("bpf", "perfmon"), reach: .readablePins, hasBPF: true),
        PrivilegeRow(
            name: "CAP_SYS_ADMIN", runner: nobody("sys_admin"), reach: .all, isComplete: true, hasBPF: true),
        PrivilegeRow(name: "CAP_SYS_PTRACE", runner: nobody("sys_ptrace"), reach: [.descriptors, .readablePins]),
        PrivilegeRow(
            name: "CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH", runner: nobody("sys_ptrace", "dac_read_search"),
            reach: [.descriptors, .pins], readsOwnersFiles: true),
        PrivilegeRow(
            name: "CAP_DAC_READ_SEARCH", runner: nobody("dac_read_search"), reach: .pins, readsOwnersFiles: true),
        PrivilegeRow(
            name: "root of a user namespace that nobody made", runner: Restricted.userNamespaceRoot,
            reach: .readablePins),
        PrivilegeRow(
            name: "root of a user namespace that root made", runner: Program("unshare", ["--user", "--map-root-user"]),
            reach: [.pins, .linkPins], readsOwnersFiles: true),
    ]
}
