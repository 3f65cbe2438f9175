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

    /// The same rights as `--replay --as` takes them; nil where it cannot say them.
    public var assumed: String?
    /// The procfs option that the collector is run under, if any.
    public var hidepid: String?

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
            readsOwnersFiles: true, assumed: "0:none"),
        PrivilegeRow(
            name: "uid 0, container default capabilities", runner: Restricted.setpriv(uid: 0, containerDefault),
            reach: [.pins, .linkPins], readsOwnersFiles: true, assumed: "0:\(containerDefault.joined(separator: ","))"),
        PrivilegeRow(name: "no capability", runner: nobody(), reach: .readablePins, assumed: "none"),
        PrivilegeRow(
            name: "no capability, target of the same uid without any", runner: nobody(), targetsNobody: true,
            reach: [.descriptors, .readablePins], readsOwnersFiles: true, assumed: "none"),
        PrivilegeRow(
            name: "CAP_BPF", runner: nobody("bpf"), reach: .readablePins, hasBPF: true, assumed: "CAP_BPF"),
        PrivilegeRow(
            name: "CAP_BPF, CAP_PERFMON", runner: nobody("bpf", "perfmon"), reach: .readablePins, hasBPF: true,
            assumed: "CAP_BPF,CAP_PERFMON"),
        PrivilegeRow(
            name: "CAP_SYS_ADMIN", runner: nobody("sys_admin"), reach: .all, isComplete: true, hasBPF: true,
            assumed: "CAP_SYS_ADMIN"),
        PrivilegeRow(
            name: "CAP_SYS_PTRACE", runner: nobody("sys_ptrace"), reach: [.descriptors, .readablePins],
            assumed: "CAP_SYS_PTRACE"),
        PrivilegeRow(
            name: "CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH", runner: nobody("sys_ptrace", "dac_read_search"),
            reach: [.descriptors, .pins], readsOwnersFiles: true, assumed: "CAP_SYS_PTRACE,CAP_DAC_READ_SEARCH"),
        PrivilegeRow(
            name: "CAP_DAC_READ_SEARCH", runner: nobody("dac_read_search"), reach: .pins, readsOwnersFiles: true,
            assumed: "CAP_DAC_READ_SEARCH"),
        PrivilegeRow(
            name: "root of a user namespace that nobody made", runner: Restricted.userNamespaceRoot,
            reach: .readablePins),
        PrivilegeRow(
            name: "root of a user namespace that root made", runner: Program("unshare", ["--user", "--map-root-user"]),
            reach: [.pins, .linkPins], readsOwnersFiles: true),
    ]

    /// Rows for recordings beside those: root over nobody's processes, and a procfs that hides processes.
    public static let forRecordings: [PrivilegeRow] = [
        PrivilegeRow(
            name: "root, targets of nobody", runner: nil, targetsNobody: true, reach: .all, isComplete: true,
            readsOwnersFiles: true, hasBPF: true),
        hiding(nil, "root, hidepid", reach: .all, isComplete: true, assumed: nil),
        hiding(nobody(), "no capability, hidepid", reach: .readablePins, assumed: "none"),
        hiding(
            nobody("sys_ptrace"), "CAP_SYS_PTRACE, hidepid", reach: [.descriptors, .readablePins],
            assumed: "CAP_SYS_PTRACE"),
    ]

    /// The program in a guest that runs another under a procfs with hidepid, and its text.
    public static let hider = (
        name: "under-hidepid",
        text: """
        #!/bin/sh
        exec /usr/bin/unshare --mount sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' sh "$@"

        """
    )

    private static func hiding(
        _ runner: Program?, _ name: String, reach: Reach, isComplete: Bool = false, assumed: String?
    ) -> PrivilegeRow {
        PrivilegeRow(
            name: name, runner: Program(hider.name, runner?.words ?? []), reach: reach, isComplete: isComplete,
            assumed: assumed, hidepid: "2")
    }

    /// The row whose recording holds what this one can see.
    public var recordedBy: PrivilegeRow? {
        let rows = PrivilegeRow.all + PrivilegeRow.forRecordings
        return rows.first { row in
            row.assumed == nil && row.isComplete && row.targetsNobody == targetsNobody && row.hidepid == hidepid
        }
    }
}
