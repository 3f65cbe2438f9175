internal import CLinux
internal import Glibc
package import KernelObjects
package import LinuxSystem

/// The host that this program runs on.
package struct LiveHost: Host {
    package init() {}

    package var files: any FileCalls { LiveFiles() }

    package var hasLibbpf: Bool { LibbpfCalls.isBuiltIn }

    package var isLive: Bool { true }

    /// We have files open ourselves.
    package var countsOpenFiles: Bool { (try? files.status(of: "/proc/self/fd"))?.size ?? 0 > 0 }

    package func kprobeMultiBTF(at path: String) -> KprobeMultiBTF? { KprobeMultiBTF(path: path, through: files) }

    package func objects(for source: SourceKind) -> any ObjectCalls {
        LiveObjectCalls(for: source)
    }

    package func ownProcess() -> OwnProcess {
        OwnProcess(
            uid: geteuid(), pid: getpid(),
            capabilities: Result { () throws(Errno) in try ProcessCapabilities.current() },
            fileCapabilities: Result { () throws(Errno) in try FileCapabilities.of("/proc/self/exe") },
            noNewPrivs: Result { () throws(Errno) in try Errno.check(clinux_no_new_privs()) != 0 },
            release: Self.release())
    }

    private static func release() -> Result<String, Errno> {
        var names = utsname()
        guard uname(&names) == 0 else { return .failure(.last) }
        return .success(withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }

    package func answer(to trial: SystemCallTrial, inChild: Bool) -> Int32 {
        let call =
            switch trial {
            case .bpf: CLINUX_TRIAL_BPF
            case .pidfdOpen: CLINUX_TRIAL_PIDFD_OPEN
            case .pidfdGetfd: CLINUX_TRIAL_PIDFD_GETFD
            case .kcmp: CLINUX_TRIAL_KCMP
            }
        let number = Int32(call.rawValue)
        return inChild ? clinux_try_in_child(number) : clinux_try(number)
    }

    package func handle(of id: Int32, isThread: Bool) throws(Errno) -> FileDescriptor {
        FileDescriptor(owning: try Errno.check(clinux_pidfd_open(id, isThread ? 1 : 0)))
    }

    package func copy(_ fd: Int32, from handle: Int32) throws(Errno) -> FileDescriptor {
        FileDescriptor(owning: try Errno.check(clinux_pidfd_getfd(handle, fd)))
    }

    package func enableRunStatistics() throws(Errno) -> FileDescriptor {
        FileDescriptor(owning: try Errno.check(clinux_bpf_enable_stats()))
    }

    package func shareFiles(_ a: Int32, _ b: Int32) throws(Errno) -> Bool {
        try Errno.check(clinux_kcmp_files(a, b)) == 0
    }
}
