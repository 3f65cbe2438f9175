package import KernelObjects
package import LinuxSystem

/// A host as the probe and the sources see it: this one, or a recording of one. Whatever they ask, they ask through it.
package protocol Host: Sendable {
    /// Its files.
    var files: any FileCalls { get }
    /// Whether ids can be walked at all: whether libbpf is there.
    var hasLibbpf: Bool { get }
    /// Whether files tell what is, each time they are read, and not what was when it was recorded.
    var isLive: Bool { get }
    /// Whether `stat(2)` of `/proc/PID/fd` tells how many files a process has open. Kernel 6.2; no recording has it.
    var countsOpenFiles: Bool { get }

    /// What its own BTF at this path says of kprobe_multi links; nil when it cannot be read, or was not recorded.
    func kprobeMultiBTF(at path: String) -> KprobeMultiBTF?

    /// Its bpf(2); answers are marked as this source's.
    func objects(for source: SourceKind) -> any ObjectCalls

    /// Who we are there.
    func ownProcess() -> OwnProcess

    /// What a system call says to arguments that cannot succeed: an errno; a signal as its negative number; or
    /// `SystemCallTrial.impossible`.
    ///
    /// - Parameter inChild: whether to try it in a child process, since a filter may kill whoever calls.
    func answer(to trial: SystemCallTrial, inChild: Bool) -> Int32

    /// A handle of a process, or of a single thread (`pidfd_open(2)`).
    func handle(of id: Int32, isThread: Bool) throws(Errno) -> FileDescriptor

    /// A copy of another process's fd (`pidfd_getfd(2)`).
    func copy(_ fd: Int32, from handle: Int32) throws(Errno) -> FileDescriptor

    /// An fd that keeps the run statistics of programs on (`BPF_ENABLE_STATS`).
    func enableRunStatistics() throws(Errno) -> FileDescriptor

    /// Whether two threads share one fd table (`kcmp(2)`).
    func shareFiles(_ a: Int32, _ b: Int32) throws(Errno) -> Bool
}

/// What the kernel says of the process that looks.
package struct OwnProcess: Sendable {
    /// The effective user id.
    package var uid: UInt32
    /// The process id.
    package var pid: Int32
    /// The capability sets.
    package var capabilities: Result<ProcessCapabilities, Errno>
    /// What the own binary carries; nil inside when it carries none.
    package var fileCapabilities: Result<FileCapabilities?, Errno>
    /// Whether `no_new_privs` is set.
    package var noNewPrivs: Result<Bool, Errno>
    /// The kernel's release, as `uname(2)` tells it.
    package var release: Result<String, Errno>

    package init(
        uid: UInt32, pid: Int32, capabilities: Result<ProcessCapabilities, Errno>,
        fileCapabilities: Result<FileCapabilities?, Errno>, noNewPrivs: Result<Bool, Errno>,
        release: Result<String, Errno>
    ) {
        self.uid = uid
        self.pid = pid
        self.capabilities = capabilities
        self.fileCapabilities = fileCapabilities
        self.noNewPrivs = noNewPrivs
        self.release = release
    }
}

/// A system call whose reachability matters, tried with arguments that cannot succeed.
package enum SystemCallTrial: String, Sendable, CaseIterable {
    case bpf, pidfdOpen = "pidfd_open", pidfdGetfd = "pidfd_getfd", kcmp

    /// The answer when no child process could be made to try it in.
    package static let impossible: Int32 = -1000

    /// What is done, in words for a message.
    var description: String {
        switch self {
        case .bpf: "bpf(2) with an unknown command"
        case .pidfdOpen: "pidfd_open(2) of no process"
        case .pidfdGetfd: "pidfd_getfd(2) of no process"
        case .kcmp: "kcmp(2) with an unknown type"
        }
    }

    /// The errno by which the kernel shows that it looked at the arguments.
    var reachable: Errno {
        switch self {
        case .bpf, .pidfdOpen, .kcmp: .invalidArgument
        case .pidfdGetfd: .badDescriptor
        }
    }
}
