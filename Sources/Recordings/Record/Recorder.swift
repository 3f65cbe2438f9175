import KernelObjects
package import KernelSources
import LinuxSystem
import ObjectInventory

/// Looks at this host in all the ways there are, so that a replay finds an answer to whatever is asked.
package struct Recorder {
    private let paths: HostPaths
    private let allowsUnsafeLinkFDInfo: Bool
    private let usesPidfdGetfd: Bool
    private let program: String

    /// - Parameter program: what is recorded by: name and version.
    package init(
        program: String, paths: HostPaths = HostPaths(), allowsUnsafeLinkFDInfo: Bool = false,
        usesPidfdGetfd: Bool = true
    ) {
        self.program = program
        self.paths = paths
        self.allowsUnsafeLinkFDInfo = allowsUnsafeLinkFDInfo
        self.usesPidfdGetfd = usesPidfdGetfd
    }

    /// Records once. What is refused is recorded as refused.
    package func record() -> Recording {
        let host = RecordingHost(
            program: program, at: UInt64(max(0, MonotonicTime.wallClockSeconds)), paths: paths)
        let access = AccessProbe(paths: paths, host: host).probe()
        let sources: [any KernelSource] = [
            IDEnumerationSource(access: access),
            ProcfsSource(
                access: access, allowsUnsafeLinkFDInfo: allowsUnsafeLinkFDInfo, usesPidfdGetfd: usesPidfdGetfd),
            BpffsSource(access: access),
        ]
        // Each by itself: what one source has learnt, the next would not ask for.
        for source in sources {
            var inventory = Inventory(limits: InventoryLimits(maxMemoryBytes: 1 << 30))
            _ = source.scan(into: &inventory, ScanContext())
        }
        _ = try? host.files.open(paths.procfs + "/kallsyms", .read)
        recordProcesses(host)
        var recording = host.recording
        recording.about.usesPidfdGetfd = usesPidfdGetfd
        recording.about.allowsUnsafeLinkFDInfo = allowsUnsafeLinkFDInfo
        recording.keepProcessesThatStayed()
        recording.shareMountInfos()
        return recording
    }

    /// What somebody with fewer rights would need to know of each process, and what decides whether the kernel would
    /// let them.
    private func recordProcesses(_ host: RecordingHost) {
        let files = host.files
        _ = try? files.open(paths.procfs + "/sys/kernel/yama/ptrace_scope", .read)
        guard let directory = try? files.open(paths.procfs, .directory) else { return }
        var reader = DirectoryReader()
        var path = PathBuilder()
        while let entry = try? reader.next(in: directory.number, through: files) {
            guard let pid = entry.number else { continue }
            _ = try? files.status(of: path.set(pid), at: directory.number)
            _ = try? files.status(of: path.set(pid, "/task"), at: directory.number)
            _ = try? files.status(of: path.set(pid, "/ns/mnt"), at: directory.number)
            _ = try? files.status(of: path.set(pid, "/ns/user"), at: directory.number)
            _ = try? files.open(path.set(pid, "/mountinfo"), at: directory.number, .read)
            // Nobody looks into a kernel thread for more than to see that it is one.
            let stat = ProcessFiles.stat(of: pid, in: directory.number, &path, through: files)
            if stat?.isKernelThread == true { continue }
            _ = try? files.open(path.set(pid, "/status"), at: directory.number, .read)
            _ = try? files.open(path.set(pid, "/comm"), at: directory.number, .read)
            _ = try? files.open(path.set(pid, "/cgroup"), at: directory.number, .read)
        }
    }
}

extension Recording {
    /// Keeps one of the mountinfos that are the same, as those of most processes are.
    mutating func shareMountInfos() {
        var owners: [[UInt8]: RecordedPath] = [:]
        let places = files.keys.filter { $0.name.elementsEqual("mountinfo".utf8) }
        for place in places.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            guard case .success(.bytes(let bytes)) = files[place]?.contents else { continue }
            if let owner = owners[bytes] {
                files[place]?.contents = .success(.same(owner))
            } else {
                owners[bytes] = place
            }
        }
    }

    /// Leaves out the recorder itself, and processes that came or went meanwhile: of these only some is known.
    mutating func keepProcessesThatStayed() {
        let procfs = about.paths.procfs
        let top = RecordedPath(procfs)
        guard case .success(let entries) = files[top]?.entries else { return }
        var left: Set<Int32> = []
        let kept = entries.filter { entry in
            guard let pid = Int32(String(decoding: entry.name, as: UTF8.self)) else { return true }
            let isScanned = files[RecordedPath("\(procfs)/\(pid)/fd")]?.entries != nil
            let hasStayed: Bool =
                switch files[RecordedPath("\(procfs)/\(pid)/stat")]?.contents {
                case .failure(let error): !error.isVanished
                case .success: true
                case nil: false
                }
            if isScanned, hasStayed, pid != about.process.pid { return true }
            left.insert(pid)
            return false
        }
        files[top]?.entries = .success(kept)
        files = files.filter { path, _ in
            let pid = path.components(below: procfs)?.first.flatMap { Int32(String(decoding: $0, as: UTF8.self)) }
            return pid.map { !left.contains($0) } ?? true
        }
        copies = copies.filter { !left.contains($0.key.owner) }
    }
}
