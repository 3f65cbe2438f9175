internal import CLinux
internal import Glibc
import KernelObjects
internal import LinuxSystem

/// Finds out what this process may see. Every look is harmless; what a seccomp filter may kill for is tried in a child.
public struct AccessProbe {
    private let paths: HostPaths

    /// A probe of the file systems at these paths.
    public init(paths: HostPaths = HostPaths()) {
        self.paths = paths
    }

    /// Looks at everything once.
    ///
    /// - Parameter looksIntoProcesses: whether the procfs source is going to run. If not, and ids can be walked, then
    ///   whether link fdinfo may crash this kernel is left open: on the kernels in question, finding out means reading
    ///   all of kallsyms.
    public func probe(looksIntoProcesses: Bool = true) -> KernelAccess {
        let status = ProcessStatus.own()
        let seccomp = Self.seccomp(status)
        let kernel = Self.kernelVersion(paths)
        let bpf = Self.trial(CLINUX_TRIAL_BPF, "bpf(2) with an unknown command", seccomp, reachable: EINVAL)
        let idWalk = Self.idWalk(bpf)
        let bpffs = BpffsMounts.find(paths)
        let isInitialPIDNamespace = Self.isNamespace("pid", initial: Self.initialPIDNamespace)
        let kallsymsPath = paths.procfs + "/kallsyms"
        return KernelAccess(
            uid: Observed(geteuid(), by: "geteuid(2)"),
            capabilities: Self.observe("cap_get_proc(3)") { () throws(Errno) in try ProcessCapabilities.current() },
            fileCapabilities: Self.observe("cap_get_file(3)") { () throws(Errno) in
                try FileCapabilities.of("/proc/self/exe")
            },
            executable: Self.observe("/proc/self/exe") { () throws(Errno) in
                try FileContents.linkTarget("/proc/self/exe")
            },
            isInitialUserNamespace: Self.isNamespace("user", initial: Self.initialUserNamespace),
            isInitialPIDNamespace: isInitialPIDNamespace,
            seccomp: seccomp,
            noNewPrivs: Self.observe("PR_GET_NO_NEW_PRIVS") { () throws(Errno) in
                try Errno.check(clinux_no_new_privs()) != 0
            },
            kernel: kernel,
            linkFDInfoHazard: looksIntoProcesses || idWalk.value != .allowed
                ? Self.linkFDInfoHazard(kernel, kallsyms: kallsymsPath)
                : .unknown(by: "not looked up, since no process is looked into"),
            unprivilegedBPFDisabled: sysctl("kernel/unprivileged_bpf_disabled"),
            bpfStatsEnabled: sysctl("kernel/bpf_stats_enabled"),
            jitHarden: sysctl("net/core/bpf_jit_harden"),
            jitKallsyms: sysctl("net/core/bpf_jit_kallsyms"),
            kptrRestrict: sysctl("kernel/kptr_restrict"),
            lockdown: text(paths.sysfs + "/kernel/security/lockdown") { Self.bracketed($0) },
            securityModules: text(paths.sysfs + "/kernel/security/lsm") {
                $0.split(separator: ",").map(String.init)
            },
            bpf: bpf,
            idWalk: idWalk,
            pidfd: Self.pidfd(seccomp),
            kcmp: Self.trial(CLINUX_TRIAL_KCMP, "kcmp(2) with an unknown type", seccomp, reachable: EINVAL),
            procfs: ProcfsProbe(path: paths.procfs, isInitialPIDNamespace: isInitialPIDNamespace.value)
                .probe(uid: geteuid()),
            bpffs: bpffs.mounts,
            processesOfUnknownMounts: bpffs.processesOfUnknownMounts,
            kallsyms: Self.observe(kallsymsPath) { () throws(Errno) in
                _ = try FileContents.read(kallsymsPath, limit: 64)
                return true
            },
            paths: paths
        )
    }

    // MARK: Namespaces

    /// The inodes that the kernel gives to the namespaces it starts with.
    private static let initialUserNamespace: UInt64 = 0xEFFF_FFFD
    private static let initialPIDNamespace: UInt64 = 0xEFFF_FFFC

    private static func isNamespace(_ name: String, initial: UInt64) -> Observed<Bool> {
        let path = "/proc/self/ns/\(name)"
        return observe("\(path) inode") { () throws(Errno) in try FileStatus.of(path).inode == initial }
    }

    // MARK: Calls

    private static func seccomp(_ status: Observed<ProcessStatus>) -> Observed<SeccompMode> {
        // prctl(PR_GET_SECCOMP) kills in strict mode; the status file does not.
        guard let mode = status.value?.seccomp.flatMap(SeccompMode.init(rawValue:)) else {
            return .unknown(by: "no Seccomp line in \(status.evidence)")
        }
        return Observed(mode, by: "Seccomp in \(status.evidence)")
    }

    private static func trial(
        _ call: clinux_trial, _ what: String, _ seccomp: Observed<SeccompMode>, reachable: Int32
    ) -> Observed<CallReachability> {
        // Where there is a filter, or where that is not known, the call might kill us.
        let isSafe = seccomp.value == .disabled
        let number = Int32(call.rawValue)
        let answer = isSafe ? clinux_try(number) : clinux_try_in_child(number)
        let evidence = isSafe ? what : "\(what), in a child process"
        if answer == CLINUX_TRIAL_IMPOSSIBLE {
            return .unknown(by: "\(what): no child process could be made to try it in")
        }
        if answer < 0 { return Observed(.kills, by: "\(evidence): killed by signal \(-answer)") }
        let error = Errno(rawValue: answer)
        let reachability: CallReachability =
            answer == reachable ? .reachable : answer == ENOSYS ? .absent : .refused(error)
        return Observed(reachability, by: "\(evidence): \(error)")
    }

    private static func pidfd(_ seccomp: Observed<SeccompMode>) -> Observed<CallReachability> {
        let open = trial(CLINUX_TRIAL_PIDFD_OPEN, "pidfd_open(2) of no process", seccomp, reachable: EINVAL)
        guard open.value == .reachable else { return open }
        return trial(CLINUX_TRIAL_PIDFD_GETFD, "pidfd_getfd(2) of no process", seccomp, reachable: EBADF)
    }

    private static func idWalk(_ bpf: Observed<CallReachability>) -> Observed<IDWalkAccess> {
        guard LibbpfCalls.isBuiltIn else {
            return Observed(.notBuiltIn, by: "this build has no libbpf (trait Libbpf)")
        }
        guard bpf.value == .reachable else { return Observed(.unreachable, by: bpf.evidence) }
        let what = "BPF_PROG_GET_NEXT_ID"
        do throws(Errno) {
            let id = try LibbpfCalls.nextID(of: .program, after: 0)
            return Observed(.allowed, by: "\(what): answered id \(id)")
        } catch {
            // No program at all: the walk is allowed, and short.
            if error == .notFound { return Observed(.allowed, by: "\(what): \(error), there is no program") }
            return Observed(.refused(error), by: "\(what): \(error)")
        }
    }

    // MARK: The kernel

    private static func kernelVersion(_ paths: HostPaths) -> Observed<KernelVersion> {
        let path = paths.procfs + "/sys/kernel/osrelease"
        if let release = try? FileContents.text(path), let version = KernelVersion(release) {
            return Observed(version, by: path)
        }
        // A procfs with subset=pid has no sysctls.
        var names = utsname()
        guard uname(&names) == 0 else { return .unknown(by: "\(path), uname(2): \(Errno.last)") }
        let release = withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard let version = KernelVersion(release) else { return .unknown(by: "uname(2) said '\(release)'") }
        return Observed(version, by: "uname(2)")
    }

    private static func linkFDInfoHazard(
        _ kernel: Observed<KernelVersion>, kallsyms path: String
    ) -> Observed<LinkFDInfoHazard> {
        guard let version = kernel.value else {
            return Observed(.present, by: "the kernel's version is not known (\(kernel.evidence))")
        }
        var evidence = "kernel \(version.major).\(version.minor).\(version.patch) is outside 6.17 to 6.19.13"
        let hazard = LinkFDInfoHazard.judge(version) {
            let function: StaticString = "bpf_kprobe_multi_show_fdinfo"
            let isThere = Kallsyms.contains(function: function, path: path)
            evidence =
                "kernel \(version.major).\(version.minor).\(version.patch), "
                + (isThere.map { "\(function) is \($0 ? "" : "not ")in kallsyms" } ?? "\(path) cannot be read")
            return isThere
        }
        return Observed(hazard, by: evidence)
    }

    private func sysctl(_ name: String) -> Observed<Int> {
        text("\(paths.procfs)/sys/\(name)") { Int($0) }
    }

    private func text<Value>(_ path: String, _ parse: (String) -> Value?) -> Observed<Value> {
        do throws(Errno) {
            let text = try FileContents.text(path)
            guard let value = parse(text) else { return .unknown(by: "\(path) said '\(text.prefix(40))'") }
            return Observed(value, by: path)
        } catch {
            return .unknown(by: "\(path): \(error)")
        }
    }

    /// The chosen word of `none [integrity] confidentiality`.
    private static func bracketed(_ text: String) -> String? {
        text.split(separator: " ").first { $0.hasPrefix("[") && $0.hasSuffix("]") }.map {
            String($0.dropFirst().dropLast())
        }
    }

    private static func observe<Value>(_ evidence: String, _ look: () throws(Errno) -> Value) -> Observed<Value> {
        do throws(Errno) { return Observed(try look(), by: evidence) } catch {
            return .unknown(by: "\(evidence): \(error)")
        }
    }
}
