public import LinuxSystem

/// Everything that decides what this process may see of the host's BPF objects, each finding with how it was learnt.
///
/// A capability bit is not proof (user namespace, seccomp, LSM), and its absence is not disproof (owner, readable pin):
/// what can be tried without harm has been tried.
public struct KernelAccess: Sendable {
    // MARK: This process

    /// The effective user id.
    public var uid: Observed<UInt32>
    /// The capability sets.
    public var capabilities: Observed<ProcessCapabilities>
    /// What the own binary carries as file capabilities; the inner value is nil when it carries none.
    public var fileCapabilities: Observed<FileCapabilities?>
    /// The path of the own binary.
    public var executable: Observed<String>
    /// Whether the user namespace is the initial one. In any other, capabilities count for little.
    public var isInitialUserNamespace: Observed<Bool>
    /// Whether the PID namespace is the initial one.
    public var isInitialPIDNamespace: Observed<Bool>
    /// The seccomp mode.
    public var seccomp: Observed<SeccompMode>
    /// Whether `no_new_privs` is set: then no exec gives file capabilities.
    public var noNewPrivs: Observed<Bool>

    // MARK: The kernel

    /// The running kernel.
    public var kernel: Observed<KernelVersion>
    /// Whether reading the fdinfo of a link may crash this kernel.
    public var linkFDInfoHazard: Observed<LinkFDInfoHazard>
    /// `kernel.unprivileged_bpf_disabled`: 0 off, 1 for good, 2 until changed.
    public var unprivilegedBPFDisabled: Observed<Int>
    /// `kernel.bpf_stats_enabled`. Stays 0 while somebody holds a BPF_ENABLE_STATS fd instead.
    public var bpfStatsEnabled: Observed<Int>
    /// `net.core.bpf_jit_harden`. Not 0 hides programs from kallsyms. Readable by root only.
    public var jitHarden: Observed<Int>
    /// `net.core.bpf_jit_kallsyms`. 0 hides programs from kallsyms. Readable by root only.
    public var jitKallsyms: Observed<Int>
    /// `kernel.kptr_restrict`.
    public var kptrRestrict: Observed<Int>
    /// The lockdown mode: `none`, `integrity` or `confidentiality`.
    public var lockdown: Observed<String>
    /// The active security modules.
    public var securityModules: Observed<[String]>

    // MARK: bpf(2) and its neighbours

    /// Whether bpf(2) can be reached at all.
    public var bpf: Observed<CallReachability>
    /// Whether ids may be walked.
    public var idWalk: Observed<IDWalkAccess>
    /// Whether `pidfd_open(2)` and `pidfd_getfd(2)` can be reached.
    public var pidfd: Observed<CallReachability>
    /// Whether `kcmp(2)` can be reached.
    public var kcmp: Observed<CallReachability>

    // MARK: File systems

    /// The procfs.
    public var procfs: ProcfsAccess
    /// Every bpffs that is to be walked.
    public var bpffs: Observed<[BpffsMount]>
    /// Processes whose mounts cannot be looked at, so that they may have a bpffs that nobody knows of.
    public var processesOfUnknownMounts: Int
    /// Whether kallsyms can be read.
    public var kallsyms: Observed<Bool>
    /// Where things were looked for.
    public var paths: HostPaths
    /// The host that was looked at.
    package var host: any Host

    /// Whether a capability is effective; nil when the sets could not be read.
    public func has(_ capability: Capability) -> Bool? {
        capabilities.value?.effective.contains(capability)
    }
}

/// `PR_GET_SECCOMP`.
public enum SeccompMode: Int, Sendable {
    /// No filter.
    case disabled = 0
    /// Only read, write, exit.
    case strict = 1
    /// A filter decides.
    case filter = 2

    /// The word for it.
    public var name: String {
        switch self {
        case .disabled: "disabled"
        case .strict: "strict"
        case .filter: "filter"
        }
    }
}

/// Whether a system call can be reached, told by what it says to arguments that cannot succeed.
public enum CallReachability: Sendable, Equatable {
    /// The kernel looked at the arguments.
    case reachable
    /// Something refused before the kernel looked.
    case refused(Errno)
    /// The kernel does not have it, or a filter says so.
    case absent
    /// A seccomp filter kills whoever makes the call; it was tried in a child.
    case kills
}

/// Whether the ids of BPF objects may be walked.
public enum IDWalkAccess: Sendable, Equatable {
    /// It was tried, and works.
    case allowed
    /// It was tried, and the kernel said no.
    case refused(Errno)
    /// Not tried, because bpf(2) cannot be reached.
    case unreachable
    /// This build has no libbpf.
    case notBuiltIn
}

/// Whether reading the fdinfo of a kprobe_multi link may crash the kernel (6.17 to 6.19.13, where fprobe is configured).
public enum LinkFDInfoHazard: Sendable, Equatable {
    /// It is safe.
    case absent
    /// The kernel is in the range, and has the function or does not let us see whether it has.
    case present

    /// Decides by the version, and only inside the hazardous range by `hasFunction` (nil: cannot be told).
    static func judge(_ kernel: KernelVersion, hasFunction: () -> Bool?) -> LinkFDInfoHazard {
        let isInRange = kernel.isAtLeast(6, 17) && !kernel.isAtLeast(6, 19, 14)
        return isInRange && hasFunction() != false ? .present : .absent
    }
}

/// What of a procfs can be seen.
public struct ProcfsAccess: Sendable {
    /// Where it is.
    public var path: String
    /// Whether it can be opened and listed; the evidence names the error.
    public var isReadable: Observed<Bool>
    /// The `hidepid` mount option: `0`, `1`, `2`, `4` or their names; nil inside when it is not set.
    public var hidepid: Observed<String?>
    /// Whether it is mounted with `subset=pid`.
    public var isSubset: Observed<Bool>
    /// Whether its process ids are the ones that our system calls take.
    public var isOurPIDNamespace: Observed<Bool>
    /// Whether it shows every process of the host: whether it belongs to the initial PID namespace.
    public var showsWholeHost: Observed<Bool>
    /// What listing `fdinfo` of its processes met.
    public var processes: Trial

    /// Whether processes beyond this user's own can be looked into: some were, or the right to do so was proved on
    /// this user's.
    public func seesOthers(_ access: KernelAccess) -> Bool {
        processes.readableOfOthers > 0
            || (processes.readable > 0 && access.has(.sysPtrace) == true && access.isInitialUserNamespace.value == true)
    }

    /// What was met when the `fdinfo` of processes was opened.
    public struct Trial: Sendable, Equatable {
        /// Processes tried, without kernel threads and zombies.
        public var tried = 0
        /// Those that could be opened.
        public var readable = 0
        /// Those of another user that could be opened.
        public var readableOfOthers = 0
        /// Those whose `fd` directory can be listed and followed too.
        public var followable = 0
        /// Those that refused.
        public var refused = 0
        /// Whether there were more processes than were tried.
        public var isSample = false
    }
}

/// A mounted bpffs.
public struct BpffsMount: Sendable, Equatable {
    /// The mount point, or the given path. Any bytes but NUL.
    public var path: [UInt8]
    /// The mount options and super-block options, as mountinfo lists them.
    public var options: [String]
    /// The super block's `major:minor`; nil for a path that was given.
    public var device: String?
    /// Whether the super block is read-only: then links cannot be opened.
    public var isReadOnly: Bool
    /// Whether it is mounted in another mount namespace only.
    public var isElsewhere = false
    /// Whether its top directory can be listed; the error if not.
    public var refusal: Errno?

    /// The path as text.
    public var displayPath: String { String(decoding: path, as: UTF8.self) }
}
