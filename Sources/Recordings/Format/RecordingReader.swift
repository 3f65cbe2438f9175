import KernelObjects
import KernelSources
import LinuxSystem

extension Recording {
    /// Reads a recording from its folder. Whoever made it may be anybody: no link is followed, and nothing is believed
    /// that a kernel cannot have said.
    package init(from folder: String) throws(RecordingError) {
        let input = try InputTree(folder)
        let line = try RecordedLine(try input.read(Place.about), path: input.path(Place.about), line: 1)
        self.init(about: try Self.about(line))
        if let walks = try line.object("refused_walks") {
            for kind in ObjectKind.allCases { refusedWalks[kind] = try walks.error(kind.name) }
        }
        try input.forEachLine(Place.paths) { line throws(RecordingError) in
            let path = try Self.path(try line.bytes("path"), in: line)
            files[path] = try Self.file(line, at: path, in: input)
        }
        try input.forEachLine(Place.programs) { line throws(RecordingError) in
            let id: ObjectID = try line.required("id")
            programs[id] = try Self.object(line) { info throws(RecordingError) in try Self.program(info, id: id) }
            if let info = try line.object("info") { mapIDs[id] = try Self.mapIDs(info) }
            functionNames[id] = try line.answer("function_name") { () throws(RecordingError) in
                try line.bytes("function_name").map { String(decoding: $0, as: UTF8.self) }
            }
        }
        try input.forEachLine(Place.maps) { line throws(RecordingError) in
            let id: ObjectID = try line.required("id")
            maps[id] = try Self.object(line) { info throws(RecordingError) in try Self.map(info, id: id) }
        }
        try input.forEachLine(Place.links) { line throws(RecordingError) in
            let id: ObjectID = try line.required("id")
            links[id] = try Self.object(line) { info throws(RecordingError) in try Self.link(info, id: id) }
        }
        try input.forEachLine(Place.copies) { line throws(RecordingError) in
            let isThread = line.has("thread")
            let copy = Copy(
                owner: try line.required(isThread ? "thread" : "process"), isThread: isThread, fd: try line.number("fd")
            )
            copies[copy] = try Self.opened(line)
        }
        try input.forEachLine(Place.threads) { line throws(RecordingError) in
            let pair = Pair(first: try line.required("thread"), second: try line.required("and"))
            if let error = try line.error("error") {
                sharing[pair] = .failure(error)
            } else {
                sharing[pair] = .success(try line.flag("share_files") ?? false)
            }
        }
    }

    /// An absolute path.
    private static func path(_ bytes: [UInt8]?, in line: RecordedLine) throws(RecordingError) -> RecordedPath {
        guard let bytes, bytes.first == UInt8(ascii: "/"), !bytes.contains(0) else {
            throw line.wrong("'path' is missing, or does not begin with a slash")
        }
        return RecordedPath(bytes)
    }

    // MARK: About

    private static func about(_ line: RecordedLine) throws(RecordingError) -> About {
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
        func top(_ key: String) throws(RecordingError) -> String? {
            guard let text = try line.text(key) else { return nil }
            guard text.hasPrefix("/"), text.utf8.count > 1, !text.hasSuffix("/"), !text.utf8.contains(0) else {
                throw line.wrong("'\(key)' is no absolute path without a slash at its end")
            }
            return text
        }
        var about = About(
            program: try line.text("program") ?? "", recordedAt: try line.required("recorded_at"),
            paths: HostPaths(
                procfs: try top("procfs") ?? usual.procfs, sysfs: try top("sysfs") ?? usual.sysfs,
                bpffs: try top("bpffs")),
            process: process, hasLibbpf: try line.flag("libbpf") ?? false)
        about.isRedacted = try line.flag("redacted") ?? false
        about.usesPidfdGetfd = try line.flag("pidfd_getfd") ?? true
        about.allowsUnsafeLinkFDInfo = try line.flag("unsafe_link_fdinfo") ?? false
        if let found = try line.object("kprobe_multi_btf") {
            about.kprobeMultiBTF = KprobeMultiBTF(
                hasFunction: try found.flag("function") ?? true, hasRecord: try found.flag("record") ?? true)
        }
        if let trials = try line.object("trials") {
            for trial in SystemCallTrial.allCases {
                let answer: Int32? = try trials.number(trial.rawValue)
                guard let answer else { continue }
                // An error's number, a signal's with a minus, or that it could not be tried.
                guard (-64...4095).contains(answer) || answer == SystemCallTrial.impossible else {
                    throw line.wrong("'\(trial.rawValue)' is \(answer), which is no error and no signal")
                }
                about.trials[trial] = answer
            }
        }
        return about
    }

    // MARK: Paths

    private static func file(
        _ line: RecordedLine, at path: RecordedPath, in input: InputTree
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
                let name = Array(item.dropFirst())
                guard name.count <= 255, !name.contains(0), !name.contains(UInt8(ascii: "/")) else {
                    throw line.wrong("'entries' has a name that no file can have")
                }
                entries.append(RecordedFile.Entry(name: name, type: type))
            }
            return entries
        }
        if let text = try line.bytes("text") {
            file.contents = .success(.bytes(text))
        } else if let other = try line.bytes("same_as") {
            file.contents = .success(.same(try Self.path(other, in: line)))
        } else {
            file.contents = try line.answer("file") { () throws(RecordingError) in
                guard let isThere = try line.flag("file") else { return nil as RecordedFile.Contents? }
                guard isThere else { return .notBPF }
                guard let name = path.fileName else { throw line.wrong("'file' is true for a path that has none") }
                return .bytes(try input.read(Place.files + name))
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
        return ProgramInfo(
            program: program, mapCount: try line.required("nr_map_ids"),
            translatedLength: try line.number("xlated_prog_len"))
    }

    /// As many as the program says it has.
    private static func mapIDs(_ info: RecordedLine) throws(RecordingError) -> [ObjectID] {
        var ids: [ObjectID] = []
        for item in try info.list("map_ids") ?? [] {
            guard let id = ObjectID(String(decoding: item, as: UTF8.self)) else {
                throw info.wrong("'map_ids' has an item that is no id")
            }
            ids.append(id)
        }
        let count: Int = try info.required("nr_map_ids")
        guard count == ids.count else { throw info.wrong("'nr_map_ids' is \(count), and there are \(ids.count) ids") }
        return ids
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
