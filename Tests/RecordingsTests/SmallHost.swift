import KernelObjects
import KernelSources
import LinuxSystem

@testable import Recordings

/// A host that is made up: one process with one map, and one of everything that a recording can say.
enum SmallHost {
    static let everything = CapabilitySet(rawValue: 0x1FF_FFFF_FFFF)

    static var recording: Recording {
        var recording = bare
        recording.add(process: 7, holding: [3: .map(5), 4: nil])
        recording.maps[5]?.text = Array(mapText(5).utf8)
        recording.maps[5]?.info = .success(BPFMap(id: 5, source: .libbpf))
        recording.programs[9] = RecordedObject()
        recording.programs[9]?.refusal = .tryAgain
        var info = BPFProgram(id: 10, source: .libbpf)
        info.name = KernelName("p")
        info.tag = ProgramTag(value: 0x3B18_5187_F185_5C4C)
        recording.programs[10] = RecordedObject()
        recording.programs[10]?.info = .success(ProgramInfo(program: info, mapCount: 1))
        recording.mapIDs[10] = [5]
        var link = BPFLink(id: 2, source: .libbpf)
        link.type = LinkType(rawValue: 3)
        link.target = .cgroup(77)
        recording.links[2] = RecordedObject()
        recording.links[2]?.info = .success(link)
        recording.links[3] = RecordedObject()
        recording.links[3]?.info = .failure(.notPermitted)
        recording.refusedWalks[.link] = .invalidArgument
        recording.copies[Recording.Copy(owner: 7, isThread: false, fd: 3)] = .success(Opened(kind: .map, id: 5))
        recording.copies[Recording.Copy(owner: 8, isThread: true, fd: nil)] = .failure(.invalidArgument)
        recording.sharing[Recording.Pair(first: 7, second: 8)] = .success(true)
        recording.sharing[Recording.Pair(first: 7, second: 9)] = .failure(.noSuchProcess)
        recording.set("/sys/fs/bpf") {
            $0.entries = .success([
                RecordedFile.Entry(name: Array("odd name".utf8), type: .regular),
                RecordedFile.Entry(name: Array("loop".utf8), type: .symbolicLink),
            ])
            $0.fileSystem = .success(0xCAFE_4A11)
        }
        recording.set("/sys/fs/bpf/odd name") {
            $0.status = .success(status(0o100600))
            $0.handle = .success(true)
            $0.pinForReading = .success(Opened(kind: .map, id: 5))
            $0.pinForWriting = .failure(.accessDenied)
        }
        recording.set("/proc/with space") { $0.contents = .success(.bytes(Array("odd".utf8))) }
        recording.set("/proc/8/mountinfo") { $0.contents = .success(.same(RecordedPath("/proc/7/mountinfo"))) }
        return recording
    }

    /// A host without processes and objects.
    static var bare: Recording {
        let process = OwnProcess(
            uid: 0, pid: 99,
            capabilities: .success(
                ProcessCapabilities(effective: everything, permitted: everything, bounding: everything, ambient: [])),
            fileCapabilities: .success(nil), noNewPrivs: .success(false), release: .success("6.12.1-test"))
        var about = Recording.About(
            program: "a test", recordedAt: 1_800_000_000, paths: HostPaths(), process: process, hasLibbpf: true)
        about.trials = [.bpf: 22, .pidfdOpen: 22, .pidfdGetfd: 9, .kcmp: 22]
        var recording = Recording(about: about)
        recording.set("/proc") {
            $0.status = .success(status(0o40555))
            $0.entries = .success([])
        }
        recording.set("/proc/self/status") {
            $0.contents = .success(.bytes(Array("Name:\tx\nNSpid:\t99\nSeccomp:\t0\n".utf8)))
        }
        recording.set("/proc/self/mountinfo") { file in
            let text = """
                22 1 0:20 / /proc rw - proc proc rw
                30 1 0:21 / /sys/fs/bpf rw - bpf bpf rw,mode=700

                """
            file.contents = .success(.bytes(Array(text.utf8)))
        }
        recording.set("/proc/sys/kernel/osrelease") { $0.contents = .success(.bytes(Array("6.12.1-test\n".utf8))) }
        for name in ["lockdown", "lsm"] {
            recording.set("/sys/kernel/security/\(name)") { $0.contents = .failure(.notFound) }
        }
        recording.set("/sys/fs/bpf") { file in
            file.status = .success(status(0o40700))
            file.fileSystem = .success(0xCAFE_4A11)
            file.entries = .success([])
        }
        recording.set("/proc/self/ns/user") { $0.status = .success(status(0o100444, inode: 0xEFFF_FFFD)) }
        recording.set("/proc/self/ns/pid") { $0.status = .success(status(0o100444, inode: 0xEFFF_FFFC)) }
        recording.set("/proc/self/ns/mnt") { $0.status = .success(status(0o100444, inode: 1)) }
        return recording
    }

    static func status(
        _ mode: UInt32, owner: UInt32 = 0, inode: UInt64 = 1, links: UInt64 = 1
    ) -> FileStatus {
        FileStatus(device: 21, inode: inode, mode: mode, owner: owner, group: owner, size: 0, linkCount: links)
    }

    static func mapText(_ id: ObjectID) -> String {
        """
        pos:\t0
        flags:\t02000002
        mnt_id:\t15
        ino:\t42
        map_type:\t1
        key_size:\t4
        value_size:\t8
        max_entries:\t128
        map_flags:\t0x0
        map_extra:\t0x0
        memlock:\t4096
        map_id:\t\(id)
        frozen:\t0

        """
    }
}

extension Recording {
    /// Changes what is known of a path.
    mutating func set(_ path: String, _ change: (inout RecordedFile) -> Void) {
        change(&files[RecordedPath(path), default: RecordedFile()])
    }

    /// What a descriptor of a made-up process is.
    enum Held {
        case map(ObjectID)
        case text(String)
    }

    /// Adds a process of root's with these descriptors; nil for one that is no object.
    mutating func add(process pid: Int32, holding fds: [Int32: Held?], owner: UInt32 = 0) {
        let top = "/proc/\(pid)"
        let list: ([Int32]) -> [RecordedFile.Entry] = { numbers in
            numbers.sorted().map { RecordedFile.Entry(name: Array("\($0)".utf8), type: .symbolicLink) }
        }
        if case .success(var entries) = files[RecordedPath("/proc")]?.entries {
            entries.append(RecordedFile.Entry(name: Array("\(pid)".utf8), type: .directory))
            files[RecordedPath("/proc")]?.entries = .success(entries)
        }
        set(top) { $0.status = .success(SmallHost.status(0o40555, owner: owner)) }
        set(top + "/fd") { $0.entries = .success(list(Array(fds.keys))) }
        // "." and ".." and one thread.
        set(top + "/task") { $0.status = .success(SmallHost.status(0o40555, links: 3)) }
        set(top + "/ns/mnt") { $0.status = .success(SmallHost.status(0o100444)) }
        set(top + "/ns/user") { $0.status = .success(SmallHost.status(0o100444, inode: 0xEFFF_FFFD)) }
        let stat = "\(pid) (worker) S 1 1 1 0 -1 4194560 0 0 0 0 0\n"
        let status =
            "Name:\tworker\nUid:\t\(owner)\t\(owner)\t\(owner)\t\(owner)\nGid:\t\(owner)\t\(owner)\t\(owner)\t\(owner)\nCapPrm:\t0\n"
        for (name, text) in [("stat", stat), ("status", status), ("comm", "worker\n"), ("cgroup", "0::/\n")] {
            set("\(top)/\(name)") { $0.contents = .success(.bytes(Array(text.utf8))) }
        }
        set(top + "/mountinfo") { $0.contents = .success(.same(RecordedPath("/proc/self/mountinfo"))) }
        for (fd, held) in fds {
            switch held {
            case .map(let id):
                maps[id] = RecordedObject()
                maps[id]?.info = .success(BPFMap(id: id, source: .libbpf))
                copies[Copy(owner: pid, isThread: false, fd: fd)] = .success(Opened(kind: .map, id: id))
                set("\(top)/fd/\(fd)") { $0.target = .success(Array("anon_inode:bpf-map".utf8)) }
                set("\(top)/fdinfo/\(fd)") { $0.contents = .success(.bytes(Array(SmallHost.mapText(id).utf8))) }
            case .text(let text):
                set("\(top)/fd/\(fd)") { $0.target = .success(Array("anon_inode:bpf-map".utf8)) }
                set("\(top)/fdinfo/\(fd)") { $0.contents = .success(.bytes(Array(text.utf8))) }
            case nil:
                set("\(top)/fd/\(fd)") { $0.target = .success([]) }
            }
        }
    }
}
