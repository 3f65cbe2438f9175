import KernelObjects
import KernelSources
import LinuxSystem

extension Recording {
    /// Far more than any part of a recording has.
    private static let largest = 1 << 30

    /// Reads a recording from its folder.
    package init(from folder: String) throws(RecordingError) {
        self.init(about: try Self.readAbout(folder))
        let about = "\(folder)/\(Place.about)"
        if let walks = try RecordedLine(Self.read(about), path: about, line: 1).object("refused_walks") {
            for kind in ObjectKind.allCases { refusedWalks[kind] = try walks.error(kind.name) }
        }
        for line in try Self.lines(folder, Place.paths) {
            guard let path = try line.bytes("path") else { throw line.wrong("'path' is missing") }
            files[RecordedPath(path)] = try Self.file(line, at: RecordedPath(path), in: folder)
        }
        for line in try Self.lines(folder, Place.programs) {
            let id: ObjectID = try line.required("id")
            programs[id] = try Self.object(line) { info throws(RecordingError) in try Self.program(info, id: id) }
            if let ids = try line.object("info")?.list("map_ids") {
                mapIDs[id] = ids.compactMap { ObjectID(String(decoding: $0, as: UTF8.self)) }
            }
        }
        for line in try Self.lines(folder, Place.maps) {
            let id: ObjectID = try line.required("id")
            maps[id] = try Self.object(line) { info throws(RecordingError) in try Self.map(info, id: id) }
        }
        for line in try Self.lines(folder, Place.links) {
            let id: ObjectID = try line.required("id")
            links[id] = try Self.object(line) { info throws(RecordingError) in try Self.link(info, id: id) }
        }
        for line in try Self.lines(folder, Place.copies) {
            let isThread = line.has("thread")
            let copy = Copy(
                owner: try line.required(isThread ? "thread" : "process"), isThread: isThread, fd: try line.number("fd")
            )
            copies[copy] = try Self.opened(line)
        }
        for line in try Self.lines(folder, Place.threads) {
            let pair = Pair(first: try line.required("thread"), second: try line.required("and"))
            if let error = try line.error("error") {
                sharing[pair] = .failure(error)
            } else {
                sharing[pair] = .success(try line.flag("share_files") ?? false)
            }
        }
    }

    private static func read(_ path: String) throws(RecordingError) -> [UInt8] {
        do throws(Errno) {
            return try FileContents.read(path, limit: largest)
        } catch {
            let hint = error == .notFound ? "; a recording is a folder that 'ebpf-metrics record' has made" : ""
            throw RecordingError(path, "cannot be read (\(error))\(hint)")
        }
    }

    private static func lines(_ folder: String, _ name: String) throws(RecordingError) -> [RecordedLine] {
        let path = "\(folder)/\(name)"
        var lines: [RecordedLine] = []
        var number = 0
        for line in try read(path).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if !line.isEmpty { lines.append(try RecordedLine(Array(line), path: path, line: number)) }
        }
        return lines
    }

    // MARK: About

    private static func readAbout(_ folder: String) throws(RecordingError) -> About {
        let path = "\(folder)/\(Place.about)"
        let line = try RecordedLine(read(path), path: path, line: 1)
        let format: UInt64 = try line.required("format")
        guard format == Self.format else {
            throw line.wrong("this recording has format \(format), and this program reads format \(Self.format)")
        }
        let capabilities = try line.answer("capabilities") { () throws(RecordingError) in
            guard let sets = try line.object("capabilities") else { return nil as ProcessCapabilities? }
            func set(_ key: String) throws(RecordingError) -> CapabilitySet {
                CapabilitySet(rawValue: try sets.required(key, radix: 16))
            }
            return ProcessCapabilities(
                effective: try set("effective"), permitted: try set("permitted"), bounding: try set("bounding"),
                ambient: try set("ambient"))
        }
        let fileCapabilities = try line.answer("file_capabilities") { () throws(RecordingError) in
            try line.text("file_capabilities").map { FileCapabilities(text: $0) }
        }
        let process = OwnProcess(
            uid: try line.required("uid"), pid: try line.required("pid"),
            capabilities: capabilities ?? .failure(.notFound),
            fileCapabilities: fileCapabilities.map { $0.map(Optional.some) } ?? .success(nil),
            noNewPrivs: try line.answer("no_new_privs") { () throws(RecordingError) in try line.flag("no_new_privs") }
                ?? .failure(.notFound),
            release: try line.answer("release") { () throws(RecordingError) in try line.text("release") }
                ?? .failure(.notFound))
        let usual = HostPaths()
        var about = About(
            program: try line.text("program") ?? "", recordedAt: try line.required("recorded_at"),
            paths: HostPaths(
                procfs: try line.text("procfs") ?? usual.procfs, sysfs: try line.text("sysfs") ?? usual.sysfs,
                bpffs: try line.text("bpffs")),
            process: process, hasLibbpf: try line.flag("libbpf") ?? false)
        about.isRedacted = try line.flag("redacted") ?? false
        about.usesPidfdGetfd = try line.flag("pidfd_getfd") ?? true
        about.allowsUnsafeLinkFDInfo = try line.flag("unsafe_link_fdinfo") ?? false
        if let trials = try line.object("trials") {
            for trial in SystemCallTrial.allCases { about.trials[trial] = try trials.number(trial.rawValue) }
        }
        return about
    }

    // MARK: Paths

    private static func file(
        _ line: RecordedLine, at path: RecordedPath, in folder: String
    ) throws(RecordingError) -> RecordedFile {
        var file = RecordedFile()
        file.status = try line.answer("stat") { () throws(RecordingError) in
            guard let stat = try line.object("stat") else { return nil as FileStatus? }
            return FileStatus(
                device: try stat.required("device"), inode: try stat.required("inode"),
                mode: try stat.required("mode", radix: 8), owner: try stat.required("uid"),
                group: try stat.required("gid"), size: try stat.required("size"), linkCount: try stat.required("links"))
        }
        file.fileSystem = try line.answer("file_system") { () throws(RecordingError) in
            try line.number("file_system", radix: 16)
        }
        file.target = try line.answer("link") { () throws(RecordingError) in try line.bytes("link") }
        file.handle = try line.answer("handle") { () throws(RecordingError) in try line.flag("handle") }
        file.entries = try line.answer("entries") { () throws(RecordingError) in
            guard let list = try line.list("entries") else { return nil as [RecordedFile.Entry]? }
            var entries: [RecordedFile.Entry] = []
            for item in list {
                guard let type = item.first.flatMap({ DirectoryReader.FileType(letter: $0) }), item.count > 1 else {
                    throw line.wrong("'entries' has an item that does not begin with its type: d, -, l or ?")
                }
                entries.append(RecordedFile.Entry(name: Array(item.dropFirst()), type: type))
            }
            return entries
        }
        if let text = try line.bytes("text") {
            file.contents = .success(.bytes(text))
        } else if let other = try line.bytes("same_as") {
            file.contents = .success(.same(RecordedPath(other)))
        } else {
            file.contents = try line.answer("file") { () throws(RecordingError) in
                guard let isThere = try line.flag("file") else { return nil as RecordedFile.Contents? }
                guard isThere else { return .notBPF }
                guard let name = path.fileName else { throw line.wrong("'file' is true for a path that has none") }
                return .bytes(try read("\(folder)/\(Place.files)\(name)"))
            }
        }
        if let pin = try line.object("pin_rdonly") { file.pinForReading = try opened(pin) }
        if let pin = try line.object("pin_rdwr") { file.pinForWriting = try opened(pin) }
        return file
    }

    private static func opened(_ line: RecordedLine) throws(RecordingError) -> Result<Opened, Errno> {
        if let error = try line.error("error") { return .failure(error) }
        let kind = try line.text("kind")
        let known = ObjectKind.allCases.first { $0.name == kind }
        if kind != nil, known == nil { throw line.wrong("'kind' is none of program, map and link") }
        return .success(Opened(kind: known, id: try line.number("id"), refusal: try line.error("refusal")))
    }

    // MARK: Objects

    private static func object<Info>(
        _ line: RecordedLine, _ read: (RecordedLine) throws(RecordingError) -> Info
    ) throws(RecordingError) -> RecordedObject<Info> {
        var object = RecordedObject<Info>()
        object.refusal = try line.error("refusal")
        object.text = try line.bytes("fdinfo")
        object.info = try line.answer("info") { () throws(RecordingError) in
            guard let info = try line.object("info") else { return nil as Info? }
            return try read(info)
        }
        return object
    }

    // Who is named as the source is set anew when a source asks.
    private static func program(_ line: RecordedLine, id: ObjectID) throws(RecordingError) -> ProgramInfo {
        var program = BPFProgram(id: id, source: .libbpf)
        program.type = try line.number("type").map(ProgramType.init(rawValue:))
        program.name = try line.bytes("name").map { KernelName($0) }
        program.nameOrigin = program.name == nil ? nil : .info
        program.tag = try line.number("tag", radix: 16).map { ProgramTag(value: $0) }
        program.loadedByUID = try line.number("created_by_uid")
        program.loadTime = try line.number("load_time")
        program.btfID = try line.number("btf_id")
        program.runTime = try line.number("run_time_ns")
        program.runCount = try line.number("run_cnt")
        program.recursionMisses = try line.number("recursion_misses")
        program.verifiedInstructions = try line.number("verified_insns")
        return ProgramInfo(program: program, mapCount: try line.required("nr_map_ids"))
    }

    private static func map(_ line: RecordedLine, id: ObjectID) throws(RecordingError) -> BPFMap {
        var map = BPFMap(id: id, source: .libbpf)
        map.type = try line.number("type").map(MapType.init(rawValue:))
        map.name = try line.bytes("name").map { KernelName($0) }
        map.keySize = try line.number("key_size")
        map.valueSize = try line.number("value_size")
        map.maxEntries = try line.number("max_entries")
        map.flags = try line.number("map_flags")
        map.extra = try line.number("map_extra")
        map.btfID = try line.number("btf_id")
        return map
    }

    private static func link(_ line: RecordedLine, id: ObjectID) throws(RecordingError) -> BPFLink {
        var link = BPFLink(id: id, source: .libbpf)
        link.type = try line.number("type").map(LinkType.init(rawValue:))
        link.programID = try line.number("prog_id")
        link.mapID = try line.number("map_id")
        link.attachType = try line.number("attach_type")
        if let id: UInt64 = try line.number("cgroup_id") { link.target = .cgroup(id) }
        if let index: UInt32 = try line.number("ifindex") { link.target = .interface(index) }
        if let inode: UInt32 = try line.number("netns_ino") { link.target = .networkNamespace(inode) }
        return link
    }
}
