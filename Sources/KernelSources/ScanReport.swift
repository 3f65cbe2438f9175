public import KernelObjects
public import LinuxSystem
public import ObjectInventory

/// What a source's scan did.
public struct ScanReport: Sendable {
    /// The source.
    public let source: SourceKind
    /// How it ended.
    public internal(set) var outcome = Outcome.finished
    /// The facts that it saw completely.
    public internal(set) var covered: Coverage = []
    /// Objects met, each as often as it was met in a new place: by kind, and pins.
    public internal(set) var found = Found()
    /// Objects and processes of which it asked again only what can have changed, or nothing.
    public internal(set) var recognized = Recognized()
    /// Objects left out, by reason. A refused process counts as one object.
    public internal(set) var skipped = SkipCounts()
    /// Things that should not have happened: malformed texts, unexpected errors.
    public internal(set) var errors: UInt64 = 0
    /// Why the scan is not complete, in sentences for people.
    public internal(set) var limitations: [Limitation] = []
    /// How long it took.
    public internal(set) var duration: Duration = .zero

    init(_ source: SourceKind) {
        self.source = source
    }

    /// Ends a scan with a failure, which is an error.
    mutating func fail(_ why: String) {
        outcome = .failed(why)
        errors += 1
    }

    /// The report of a scan, with the time it took.
    static func timed(_ source: SourceKind, _ scan: (inout ScanReport) -> Void) -> ScanReport {
        var report = ScanReport(source)
        let start = MonotonicTime.now
        scan(&report)
        report.duration = MonotonicTime.now.since(start)
        return report
    }

    /// How a scan ended.
    public enum Outcome: Sendable, Equatable {
        /// It ran to its end.
        case finished
        /// It was cut short by the deadline or a budget.
        case cut
        /// The kernel refused in the middle: another source has to take over.
        case refused(Errno)
        /// It could not run.
        case failed(String)
    }

    /// Objects met, by kind.
    public struct Found: Sendable, Equatable {
        /// Programs.
        public internal(set) var programs: UInt64 = 0
        /// Maps.
        public internal(set) var maps: UInt64 = 0
        /// Links.
        public internal(set) var links: UInt64 = 0
        /// Pins.
        public internal(set) var pins: UInt64 = 0

        mutating func count(_ kind: ObjectKind) {
            switch kind {
            case .program: programs += 1
            case .map: maps += 1
            case .link: links += 1
            }
        }
    }
}

/// How much was known from earlier collections.
public struct Recognized: Sendable, Equatable {
    /// Programs.
    public internal(set) var programs: UInt64 = 0
    /// Maps.
    public internal(set) var maps: UInt64 = 0
    /// Processes that probably have the files they had.
    public internal(set) var processes: UInt64 = 0

    /// None.
    public init() {}

    /// Adds what another source knew.
    public mutating func add(_ other: Recognized) {
        programs += other.programs
        maps += other.maps
        processes += other.processes
    }
}

/// Why an object was left out.
public enum SkipReason: UInt8, Sendable, CaseIterable, Hashable {
    /// A right is missing.
    case permission
    /// It went away while it was looked at: normal on a live host.
    case vanished
    /// The kernel's text could not be understood.
    case malformed
    /// Looking would put the host at risk.
    case unsafe
    /// There was no time or budget left.
    case deadline

    /// The value of the `reason` label.
    public var name: String {
        switch self {
        case .permission: "permission"
        case .vanished: "vanished"
        case .malformed: "malformed"
        case .unsafe: "unsafe"
        case .deadline: "deadline"
        }
    }
}

/// A count for each reason.
public struct SkipCounts: Sendable, Equatable {
    private var counts: [5 of UInt64] = [0, 0, 0, 0, 0]

    /// All zero.
    public init() {}

    /// The count for a reason.
    public subscript(reason: SkipReason) -> UInt64 {
        get { counts[Int(reason.rawValue)] }
        set { counts[Int(reason.rawValue)] = newValue }
    }

    /// Equal when every count is.
    public static func == (a: SkipCounts, b: SkipCounts) -> Bool {
        SkipReason.allCases.allSatisfy { a[$0] == b[$0] }
    }
}

/// One object that was left out, or one thing that went wrong: for the log.
public struct ScanEvent: Sendable {
    /// The source.
    public let source: SourceKind
    /// Where: a path, a pid and fd, or a kind and id.
    public let place: String
    /// Why it was left out; nil for an error that left nothing out.
    public let reason: SkipReason?
    /// What was seen: an error's name, or what is wrong with a text.
    public let detail: String
}

/// Why a source does not see everything. Each is a fact about this host and process, not a guess.
public struct Limitation: Sendable, Equatable, Hashable {
    /// A stable word for programs: `no_capability`, `user_namespace` …
    public let code: Code
    /// One sentence for people.
    public let text: String

    /// The stable words.
    public enum Code: String, Sendable, CaseIterable {
        case notBuiltIn = "not_built_in"
        case missingCapability = "missing_capability"
        case userNamespace = "user_namespace"
        case pidNamespace = "pid_namespace"
        case seccomp = "seccomp"
        case noBPF = "no_bpf"
        case unprivilegedDisabled = "unprivileged_bpf_disabled"
        case lsm = "lsm"
        case hidepid = "hidepid"
        case procfsSubset = "procfs_subset"
        case noProcfs = "no_procfs"
        case noBpffs = "no_bpffs"
        case filePermission = "file_permission"
        case otherProcesses = "other_processes"
        case byNature = "by_nature"
        case jitHardening = "jit_hardening"
        case unsafeKernel = "unsafe_kernel"
        case deadline
        case sourceOption = "source_option"
        case pidfdGetfd = "pidfd_getfd"
        case mountNamespace = "mount_namespace"
        case unexpected
    }

    package init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
    }
}
