import KernelObjects
internal import LinuxSystem

/// Finds out what this process may see. Every look is harmless; what a seccomp filter may kill for is tried in a child.
public struct AccessProbe {
    private let paths: HostPaths
    private let host: any Host
    private var files: any FileCalls { host.files }

    /// A probe of the file systems at these paths.
    public init(paths: HostPaths = HostPaths()) {
        self.init(paths: paths, host: LiveHost())
    }

    package init(paths: HostPaths, host: any Host) {
        self.paths = paths
        self.host = host
    }

    /// Looks at everything once.
    ///
    /// - Parameter looksIntoProcesses: whether the procfs source is going to run. If not, and ids can be walked, then
    ///   whether link fdinfo may crash this kernel is left open: on the kernels in question, finding out means reading
    ///   megabytes of BTF or of kallsyms.
    public func probe(looksIntoProcesses: Bool = true) -> KernelAccess {
        let own = host.ownProcess()
        let status = ProcessStatus.read("/proc/self/status", through: files)
        let seccomp = Self.seccomp(status)
        let kernel = kernelVersion(own)
        let bpf = trial(.bpf, seccomp)
        let idWalk = idWalk(bpf)
        let bpffs = BpffsMounts.find(paths, through: files)
        let isInitialPIDNamespace = isNamespace("pid", initial: Self.initialPIDNamespace)
        let kallsymsPath = paths.procfs + "/kallsyms"
        return KernelAccess(
            uid: Observed(own.uid, by: "geteuid(2)"),
            capabilities: Self.observe("cap_get_proc(3)") { () throws(Errno) in try own.capabilities.get() },
            fileCapabilities: Self.observe("cap_get_file(3)") { () throws(Errno) in try own.fileCapabilities.get() },
            executable: Self.observe("/proc/self/exe") { () throws(Errno) in
                try FileContents.linkTarget("/proc/self/exe", through: files)
            },
            isInitialUserNamespace: isNamespace("user", initial: Self.initialUserNamespace),
            isInitialPIDNamespace: isInitialPIDNamespace,
            seccomp: seccomp,
            noNewPrivs: Self.observe("PR_GET_NO_NEW_PRIVS") { () throws(Errno) in try own.noNewPrivs.get() },
            kernel: kernel,
            linkFDInfoHazard: looksIntoProcesses || idWalk.value != .allowed
                ? linkFDInfoHazard(kernel, kallsyms: kallsymsPath)
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
            pidfd: pidfd(seccomp),
            kcmp: trial(.kcmp, seccomp),
            procfs: ProcfsProbe(
                path: paths.procfs, own: own, isInitialPIDNamespace: isInitialPIDNamespace.value, files: files,
                isLive: host.isLive
            ).probe(),
            bpffs: bpffs.mounts,
            processesOfUnknownMounts: bpffs.processesOfUnknownMounts,
            kallsyms: Self.observe(kallsymsPath) { () throws(Errno) in
                _ = try FileContents.read(kallsymsPath, limit: 64, through: files)
                return true
            },
            paths: paths,
            host: host
        )
    }

    // MARK: Namespaces

    /// The inodes that the kernel gives to the namespaces it starts with.
    private static let initialUserNamespace: UInt64 = 0xEFFF_FFFD
    private static let initialPIDNamespace: UInt64 = 0xEFFF_FFFC

    private func isNamespace(_ name: String, initial: UInt64) -> Observed<Bool> {
        let path = "/proc/self/ns/\(name)"
        return Self.observe("\(path) inode") { () throws(Errno) in try files.status(of: path).inode == initial }
    }

    // MARK: Calls

    private static func seccomp(_ status: Observed<ProcessStatus>) -> Observed<SeccompMode> {
        // prctl(PR_GET_SECCOMP) kills in strict mode; the status file does not.
        guard let mode = status.value?.seccomp.flatMap(SeccompMode.init(rawValue:)) else {
            return .unknown(by: "no Seccomp line in \(status.evidence)")
        }
        return Observed(mode, by: "Seccomp in \(status.evidence)")
    }

    private func trial(_ call: SystemCallTrial, _ seccomp: Observed<SeccompMode>) -> Observed<CallReachability> {
        // Where there is a filter, or where that is not known, the call might kill us.
        let isSafe = seccomp.value == .disabled
        let answer = host.answer(to: call, inChild: !isSafe)
        let evidence = isSafe ? call.description : "\(call.description), in a child process"
        if answer == SystemCallTrial.impossible {
            return .unknown(by: "\(call.description): no child process could be made to try it in")
        }
        if answer < 0 { return Observed(.kills, by: "\(evidence): killed by signal \(-answer)") }
        let error = Errno(rawValue: answer)
        let reachability: CallReachability =
            error == call.reachable ? .reachable : error == .notImplemented ? .absent : .refused(error)
        return Observed(reachability, by: "\(evidence): \(error)")
    }

    private func pidfd(_ seccomp: Observed<SeccompMode>) -> Observed<CallReachability> {
        let open = trial(.pidfdOpen, seccomp)
        guard open.value == .reachable else { return open }
        return trial(.pidfdGetfd, seccomp)
    }

    private func idWalk(_ bpf: Observed<CallReachability>) -> Observed<IDWalkAccess> {
        guard host.hasLibbpf else {
            return Observed(.notBuiltIn, by: "this build has no libbpf (trait Libbpf)")
        }
        guard bpf.value == .reachable else { return Observed(.unreachable, by: bpf.evidence) }
        let what = "BPF_PROG_GET_NEXT_ID"
        do throws(Errno) {
            let id = try host.objects(for: .libbpf).nextID(of: .program, after: 0)
            return Observed(.allowed, by: "\(what): answered id \(id)")
        } catch {
            // No program at all: the walk is allowed, and short.
            if error == .notFound { return Observed(.allowed, by: "\(what): \(error), there is no program") }
            return Observed(.refused(error), by: "\(what): \(error)")
        }
    }

    // MARK: The kernel

    private func kernelVersion(_ own: OwnProcess) -> Observed<KernelVersion> {
        let path = paths.procfs + "/sys/kernel/osrelease"
        if let release = try? FileContents.text(path, through: files), let version = KernelVersion(release) {
            return Observed(version, by: path)
        }
        // A procfs with subset=pid has no sysctls.
        switch own.release {
        case .success(let release):
            guard let version = KernelVersion(release) else { return .unknown(by: "uname(2) said '\(release)'") }
            return Observed(version, by: "uname(2)")
        case .failure(let error):
            return .unknown(by: "\(path), uname(2): \(error)")
        }
    }

    private func linkFDInfoHazard(
        _ kernel: Observed<KernelVersion>, kallsyms path: String
    ) -> Observed<LinkFDInfoHazard> {
        guard let version = kernel.value else {
            return Observed(.present, by: "the kernel's version is not known (\(kernel.evidence))")
        }
        let number = "kernel \(version.major).\(version.minor).\(version.patch)"
        var evidence = "\(number) is outside 6.17 to 6.19.13"
        let hazard = LinkFDInfoHazard.judge(version) {
            let (isThere, why) = showsKprobeMulti(kallsyms: path)
            evidence = "\(number), \(why)"
            return isThere
        }
        return Observed(hazard, by: evidence)
    }

    /// Whether the kernel has the function in which the fault is, and how that was learnt.
    private func showsKprobeMulti(kallsyms path: String) -> (Bool?, String) {
        let function = KprobeMultiBTF.function
        let btf = paths.sysfs + "/kernel/btf/vmlinux"
        if let found = host.kprobeMultiBTF(at: btf) {
            if found.hasFunction { return (true, "\(function) is in \(btf)") }
            if !found.hasRecord { return (false, "there is no \(KprobeMultiBTF.record) in \(btf)") }
        }
        let isThere = Kallsyms.contains(function: function, path: path, through: files)
        return (isThere, isThere.map { "\(function) is \($0 ? "" : "not ")in kallsyms" } ?? "\(path) cannot be read")
    }

    private func sysctl(_ name: String) -> Observed<Int> {
        text("\(paths.procfs)/sys/\(name)") { Int($0) }
    }

    private func text<Value>(_ path: String, _ parse: (String) -> Value?) -> Observed<Value> {
        do throws(Errno) {
            let text = try FileContents.text(path, through: files)
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
