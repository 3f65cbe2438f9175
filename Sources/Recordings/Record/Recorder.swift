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
            let everything = FDBudget(perProcess: .max, total: .max)
            _ = source.scan(into: &inventory, ScanContext(fdBudget: everything, findsFullNames: true))
        }
        _ = try? host.files.open(paths.procfs + "/kallsyms", .read)
        recordProcesses(host)
        recordWays(to: access.bpffs.value ?? [], host)
        if usesPidfdGetfd, access.procfs.isOurPIDNamespace.value == true, access.pidfd.value == .reachable {
            recordCopies(host)
        }
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
            // Whoever cannot list the one may list the other.
            list(path.set(pid, "/fdinfo"), at: directory.number, files)
            // Nobody looks into a kernel thread for more than to see that it is one.
            let stat = ProcessFiles.stat(of: pid, in: directory.number, &path, through: files)
            if stat?.isKernelThread == true { continue }
            _ = try? files.open(path.set(pid, "/status"), at: directory.number, .read)
            _ = try? files.open(path.set(pid, "/comm"), at: directory.number, .read)
            _ = try? files.open(path.set(pid, "/cgroup"), at: directory.number, .read)
        }
    }
}

extension Recorder {
    private func list(_ path: UnsafePointer<CChar>, at directory: Int32, _ files: any FileCalls) {
        guard let listed = try? files.open(path, at: directory, .directory) else { return }
        var reader = DirectoryReader()
        do {
            while try reader.next(in: listed.number, through: files) != nil { continue }
        } catch {
            // Recorded as what the listing ended with.
            return
        }
    }

    /// Who may go down to where a bpffs is mounted.
    private func recordWays(to mounts: [BpffsMount], _ host: RecordingHost) {
        for mount in mounts {
            var path = RecordedPath(mount.path).parent
            while !path.bytes.isEmpty {
                _ = try? host.files.status(of: String(decoding: path.bytes, as: UTF8.self))
                path = path.parent
            }
        }
    }

    /// Copies of every descriptor that is an object. A source makes one only of an object that it has not met before.
    private func recordCopies(_ host: RecordingHost) {
        let recording = host.recording
        let calls = host.objects(for: .procfs)
        let processes = recording.processesOfThreads
        for (path, file) in recording.files {
            guard case .success(let target) = file.target, target.starts(with: "anon_inode:bpf".utf8),
                let components = path.components(below: paths.procfs),
                let fd = components.last.flatMap({ Int32(String(decoding: $0, as: UTF8.self)) }),
                let owner = components.dropLast(2).last.flatMap({ Int32(String(decoding: $0, as: UTF8.self)) })
            else { continue }
            let isThread = components.count > 3
            guard !isThread || processes[owner] != nil,
                recording.copies[Recording.Copy(owner: owner, isThread: isThread, fd: fd)] == nil,
                let handle = try? host.handle(of: owner, isThread: isThread),
                let copy = try? host.copy(fd, from: handle.number)
            else { continue }
            switch calls.kind(of: copy.number) {
            case .map: _ = try? calls.mapInfo(copy.number)
            case .link: _ = try? calls.linkInfo(copy.number)
            case .program:
                // Far more than the kernel lets a program use: a record without all of its maps could not be read again.
                withUnsafeTemporaryAllocation(of: ObjectID.self, capacity: 1024) { room in
                    room.initialize(repeating: 0)
                    _ = try? calls.programInfo(copy.number, mapIDs: room)
                }
            case nil: break
            }
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
        sharing = sharing.filter { !left.contains($0.key.first) }
    }
}
