import KernelObjects
import KernelSources
import LinuxSystem

/// What the kernel would have answered to somebody with other rights, worked out from what it let a privileged recorder
/// see. The rules are the kernel's (`ptrace_may_access`, file permissions, `capable`), by version where they changed.
struct AssumedRights {
    let identity: Identity
    /// Who we are there.
    let ownProcess: OwnProcess
    private let recording: Recording
    private let procfs: String
    private let kernel: KernelVersion
    /// The mount points of every bpffs, as they are asked for.
    private let bpffs: [RecordedPath]
    private let userNamespace: UInt64?
    private let hidepid: String?
    /// The group to which hidepid hides nothing.
    private let seeingGroup: UInt32
    private let ptraceScope: Int
    /// The processes of threads with descriptors of their own.
    private let processes: [Int32: Int32]

    init(_ identity: Identity, in recording: Recording) throws(AssumedRightsError) {
        let about = recording.about
        guard let recorder = try? about.process.capabilities.get().effective else {
            throw AssumedRightsError("the recording does not say with what capabilities it was made")
        }
        // What the recorder could not see, nobody else is shown.
        let needed = CapabilitySet([.sysAdmin, .sysPtrace, .dacReadSearch])
        guard recorder.isSuperset(of: needed.union(identity.capabilities)), about.process.uid == 0 else {
            throw AssumedRightsError(
                "the recording was made with fewer rights than --as takes: it has to be made by root with all capabilities"
            )
        }
        let initialUserNamespace: UInt64 = 0xEFFF_FFFD
        let own = try? recording.files[RecordedPath("/proc/self/ns/user")]?.status?.get().inode
        guard own == initialUserNamespace else {
            throw AssumedRightsError("the recording was not made in the initial user namespace, where --as counts")
        }
        self.identity = identity
        self.recording = recording
        procfs = about.paths.procfs
        userNamespace = own
        let all = identity.capabilities
        var process = about.process
        process.uid = identity.uid
        process.capabilities = .success(
            ProcessCapabilities(effective: all, permitted: all, bounding: all, ambient: all))
        ownProcess = process
        guard let release = try? process.release.get(), let kernel = KernelVersion(release) else {
            throw AssumedRightsError("the recording does not say on what kernel it was made")
        }
        self.kernel = kernel
        processes = recording.processesOfThreads
        let mounts = (try? recording.text("/proc/self/mountinfo")).map { MountInfo.parse($0.span) } ?? []
        var places = mounts.filter { $0.type == "bpf" }.map { RecordedPath($0.mountPoint) }
        if let path = about.paths.bpffs { places.append(RecordedPath(path)) }
        bpffs = places
        let options = mounts.last { $0.type == "proc" && $0.mountPoint == Array(about.paths.procfs.utf8) }?.options
        hidepid = options?.first { $0.hasPrefix("hidepid=") }.map { String($0.dropFirst(8)) }
        seeingGroup = options?.first { $0.hasPrefix("gid=") }.flatMap { UInt32($0.dropFirst(4)) } ?? 0
        let scope = try? recording.text("\(about.paths.procfs)/sys/kernel/yama/ptrace_scope")
        ptraceScope = scope.flatMap { Int(String(decoding: $0.prefix { $0 != 0x0A }, as: UTF8.self)) } ?? 0
    }

    private func has(_ capability: Capability) -> Bool { identity.capabilities.contains(capability) }

    // MARK: bpf(2)

    /// What all of bpf(2) is refused with.
    var refusalOfBPF: Errno? {
        guard !kernel.isAtLeast(5, 19) else { return nil }
        let path = "\(procfs)/sys/kernel/unprivileged_bpf_disabled"
        guard let text = try? recording.text(path), text.first != UInt8(ascii: "0") else { return nil }
        let isAllowed = has(.sysAdmin) || (kernel.isAtLeast(5, 8) && has(.bpf))
        return isAllowed ? nil : .notPermitted
    }

    /// What walking and opening ids is refused with.
    var refusalOfWalking: Errno? { has(.sysAdmin) ? nil : .notPermitted }

    /// Whether the instructions of a program are shown.
    var seesInstructions: Bool { has(.sysAdmin) || (kernel.isAtLeast(5, 8) && has(.bpf)) }

    /// What opening a pin is refused with.
    func refusal(ofPin path: RecordedPath, readOnly: Bool) -> Errno? {
        if let refusal = refusalOfBPF { return refusal }
        return permits(path, readOnly ? 4 : 6, isDirectory: false) ? nil : .accessDenied
    }

    // MARK: Processes

    /// What copying an fd of a process is refused with.
    func refusal(ofCopyingFrom pid: Int32) -> Errno? {
        if has(.sysPtrace) { return ptraceScope == 3 ? .notPermitted : nil }
        return mayLook(into: pid) && ptraceScope == 0 ? nil : .notPermitted
    }

    /// What comparing two threads is refused with.
    func refusal(ofComparing a: Int32, _ b: Int32) -> Errno? {
        mayLook(into: a) && mayLook(into: b) ? nil : .notPermitted
    }

    /// Whether a process is missing from the list of processes.
    func hides(_ pid: Int32) -> Bool {
        switch hidepid {
        case "4", "ptraceable": !mayLook(into: pid)
        case "2", "invisible": identity.uid != seeingGroup && !mayLook(into: pid)
        default: false
        }
    }

    /// `ptrace_may_access` for reading.
    private func mayLook(into task: Int32) -> Bool {
        if has(.sysPtrace) { return true }
        // A thread has the credentials of its process, unless it went out of its way.
        let pid = processes[task] ?? task
        guard let status = try? recording.text("\(procfs)/\(pid)/status") else { return false }
        let task = TaskCredentials(status)
        guard task.belongs(to: identity), task.permitted.isSubset(of: identity.capabilities) else { return false }
        // What may not be dumped is shown as root's.
        let owner = try? recording.files[RecordedPath("\(procfs)/\(pid)")]?.status?.get().owner
        let namespace = try? recording.files[RecordedPath("\(procfs)/\(pid)/ns/user")]?.status?.get().inode
        return owner == identity.uid && namespace == userNamespace
    }

    // MARK: Paths

    /// What opening a path is refused with.
    func refusal(ofOpening path: RecordedPath, _ mode: FileDescriptor.Mode) -> Errno? {
        if let components = path.components(below: procfs) {
            if let refusal = refusal(inProcfs: components, mode) { return refusal }
            if let refusal = refusal(ofSysctl: components) { return refusal }
        }
        guard isInBpffs(path) else { return nil }
        // Down to it every directory has to let us through, also those above the mount.
        var above = path.parent
        while !above.bytes.isEmpty {
            if recording.files[above]?.status != nil, !permits(above, 1, isDirectory: true) { return .accessDenied }
            above = above.parent
        }
        if mode == .directory, !permits(path, 4, isDirectory: true) { return .accessDenied }
        return nil
    }

    /// What `stat(2)` of a path is refused with.
    func refusal(ofStatus path: RecordedPath) -> Errno? {
        guard let components = path.components(below: procfs), let pid = Self.pid(components) else { return nil }
        // hidepid=1 closes a process's directory, and shows that it is there.
        if components.count > 1 || hides(pid), let refusal = refusalOfHidden(pid) { return refusal }
        return components.count > 2 && components[1].elementsEqual("ns".utf8) && !mayLook(into: pid)
            ? .accessDenied : nil
    }

    /// What reading a link is refused with.
    func refusal(ofReadingLink path: RecordedPath) -> Errno? {
        guard let components = path.components(below: procfs), let pid = Self.pid(components) else { return nil }
        return mayLook(into: pid) ? nil : .accessDenied
    }

    private static func pid(_ components: [ArraySlice<UInt8>]) -> Int32? {
        components.first.flatMap { Int32(String(decoding: $0, as: UTF8.self)) }
    }

    private func refusalOfHidden(_ pid: Int32) -> Errno? {
        if hides(pid) { return .notFound }
        guard hidepid == "1" || hidepid == "noaccess" else { return nil }
        return identity.uid == seeingGroup || mayLook(into: pid) ? nil : .notPermitted
    }

    private func refusal(inProcfs components: [ArraySlice<UInt8>], _ mode: FileDescriptor.Mode) -> Errno? {
        guard let pid = Self.pid(components) else { return nil }
        if let refusal = refusalOfHidden(pid) { return refusal }
        // A thread's files are like its process's.
        var rest = components.dropFirst()
        if rest.count > 2, rest.first?.elementsEqual("task".utf8) == true { rest = rest.dropFirst(2) }
        guard let name = rest.first.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
        switch name {
        case "fd":
            return owns(pid) ? nil : .accessDenied
        case "fdinfo":
            // Up to 5.13 the owner's rights decide, later those of a debugger.
            return (kernel.isAtLeast(5, 14) ? mayLook(into: pid) : owns(pid)) ? nil : .accessDenied
        case "root":
            return mayLook(into: pid) ? nil : .accessDenied
        default:
            return nil
        }
    }

    /// Whether a directory with mode 0500 of a process can be listed.
    private func owns(_ pid: Int32) -> Bool {
        if has(.dacReadSearch) || has(.dacOverride) { return true }
        return (try? recording.files[RecordedPath("\(procfs)/\(pid)")]?.status?.get().owner) == identity.uid
    }

    /// Two settings of the JIT are root's, and with it CAP_SYS_ADMIN's.
    private func refusal(ofSysctl components: [ArraySlice<UInt8>]) -> Errno? {
        let name = components.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        guard ["sys/net/core/bpf_jit_harden", "sys/net/core/bpf_jit_kallsyms"].contains(name) else { return nil }
        if identity.uid != 0, !has(.netAdmin) { return .accessDenied }
        return has(.sysAdmin) ? nil : .notPermitted
    }

    /// Whether a path is in a bpffs: in one of ours, or in one of another mount namespace, which is reached through a
    /// process.
    private func isInBpffs(_ path: RecordedPath) -> Bool {
        if let components = path.components(below: procfs) {
            return components.count > 2 && components[1].elementsEqual("root".utf8)
        }
        return bpffs.contains { path == $0 || path.bytes.starts(with: $0.bytes + [UInt8(ascii: "/")]) }
    }

    /// Whether the bits of a file's mode allow this (4 read, 2 write, 1 search), or a capability does.
    private func permits(_ path: RecordedPath, _ wanted: UInt32, isDirectory: Bool) -> Bool {
        guard let status = try? recording.files[path]?.status?.get() else { return false }
        if has(.dacOverride) { return true }
        if has(.dacReadSearch), isDirectory ? wanted & 2 == 0 : wanted == 4 { return true }
        let shift: UInt32 = status.owner == identity.uid ? 6 : status.group == identity.uid ? 3 : 0
        return status.mode >> shift & wanted == wanted
    }
}
