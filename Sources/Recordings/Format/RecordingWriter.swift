import Exposition
import Glibc
import KernelObjects
import KernelSources
import LinuxSystem

extension Recording {
    /// Where the parts are in a folder.
    enum Place {
        static let about = "recording.json"
        static let paths = "paths.jsonl"
        static let programs = "bpf/programs.jsonl"
        static let maps = "bpf/maps.jsonl"
        static let links = "bpf/links.jsonl"
        static let copies = "bpf/copies.jsonl"
        static let threads = "threads.jsonl"
        static let files = "files"
        static let readme = "README.md"
    }

    /// Writes the recording into a folder that is not there yet, or empty: one line for each fact, in a fixed order.
    package func write(to folder: String) throws(RecordingError) {
        let tree = try OutputTree(folder)
        try tree.write(Place.readme, Array(RecordingReadme.text.utf8))
        try tree.write(Place.about, aboutJSON())
        try tree.write(
            Place.paths,
            lines(files.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }) { writer, file in
                write(file.value, at: file.key, to: &writer)
            })
        try tree.write(
            Place.programs,
            lines(programs.sorted { $0.key < $1.key }) { writer, entry in
                write(entry.value, id: entry.key, to: &writer) { writer, info in
                    write(info, mapIDs[entry.key] ?? [], to: &writer)
                }
                if let name = functionNames[entry.key] {
                    writer.key("function_name")
                    write(name, to: &writer) { $0.value(EscapedBytes.text(Array($1.utf8))) }
                }
            })
        try tree.write(
            Place.maps,
            lines(maps.sorted { $0.key < $1.key }) { writer, entry in
                write(entry.value, id: entry.key, to: &writer) { write($1, to: &$0) }
            })
        try tree.write(
            Place.links,
            lines(links.sorted { $0.key < $1.key }) { writer, entry in
                write(entry.value, id: entry.key, to: &writer) { write($1, to: &$0) }
            })
        try tree.write(
            Place.copies,
            lines(copies.sorted { Self.order($0.key) < Self.order($1.key) }) { writer, entry in
                writer.member(entry.key.isThread ? "thread" : "process", UInt32(clamping: entry.key.owner))
                if let fd = entry.key.fd { writer.member("fd", UInt32(clamping: fd)) }
                write(entry.value, to: &writer)
            })
        try tree.write(
            Place.threads,
            lines(sharing.sorted { ($0.key.first, $0.key.second) < ($1.key.first, $1.key.second) }) { writer, entry in
                writer.member("thread", UInt32(clamping: entry.key.first))
                writer.member("and", UInt32(clamping: entry.key.second))
                switch entry.value {
                case .success(let areShared): writer.member("share_files", areShared)
                case .failure(let error): writer.member("error", "\(error)")
                }
            })
        for (path, file) in files {
            guard case .success(.bytes(let bytes)) = file.contents, let name = path.fileName else { continue }
            try tree.write(Place.files + name, bytes)
        }
    }

    private static func order(_ copy: Copy) -> (Int32, Int, Int32) {
        (copy.owner, copy.isThread ? 1 : 0, copy.fd ?? -1)
    }

    private func lines<Element>(
        _ elements: [Element], _ body: (inout JSONWriter, Element) -> Void
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for element in elements {
            var writer = JSONWriter { bytes += $0 }
            writer.object { body(&$0, element) }
            writer.finish()
        }
        return bytes
    }

    // MARK: About

    private func aboutJSON() -> [UInt8] {
        var bytes: [UInt8] = []
        var writer = JSONWriter { bytes += $0 }
        writer.object { writer in
            writer.line()
            writer.member("format", Self.format)
            writer.line()
            writer.member("program", about.program)
            writer.line()
            writer.member("recorded_at", about.recordedAt)
            writer.line()
            writer.member("redacted", about.isRedacted)
            writer.line()
            writer.member("procfs", about.paths.procfs)
            writer.line()
            writer.member("sysfs", about.paths.sysfs)
            writer.line()
            writer.member("bpffs", about.paths.bpffs)
            writer.line()
            writer.member("pidfd_getfd", about.usesPidfdGetfd)
            writer.line()
            writer.member("unsafe_link_fdinfo", about.allowsUnsafeLinkFDInfo)
            writer.line()
            writer.member("libbpf", about.hasLibbpf)
            writer.line()
            writer.member("uid", about.process.uid)
            writer.line()
            writer.member("pid", UInt32(clamping: about.process.pid))
            writer.line()
            writer.key("capabilities")
            write(about.process.capabilities, to: &writer) { writer, sets in
                writer.object { writer in
                    writer.member("effective", "\(Hexadecimal.text(sets.effective.rawValue))")
                    writer.member("permitted", "\(Hexadecimal.text(sets.permitted.rawValue))")
                    writer.member("bounding", "\(Hexadecimal.text(sets.bounding.rawValue))")
                    writer.member("ambient", "\(Hexadecimal.text(sets.ambient.rawValue))")
                }
            }
            writer.line()
            writer.key("file_capabilities")
            write(about.process.fileCapabilities, to: &writer) { $0.value($1?.text) }
            writer.line()
            writer.key("no_new_privs")
            write(about.process.noNewPrivs, to: &writer) { $0.value($1) }
            writer.line()
            writer.key("release")
            write(about.process.release, to: &writer) { $0.value($1) }
            writer.line()
            writer.key("trials")
            writer.object { writer in
                for trial in SystemCallTrial.allCases {
                    guard let answer = about.trials[trial] else { continue }
                    writer.key(trial.rawValue)
                    writer.value(answer)
                }
            }
            writer.line()
            if let found = about.kprobeMultiBTF {
                writer.key("kprobe_multi_btf")
                writer.object { writer in
                    writer.member("function", found.hasFunction)
                    writer.member("record", found.hasRecord)
                }
                writer.line()
            }
            writer.key("refused_walks")
            writer.object { writer in
                for kind in ObjectKind.allCases {
                    guard let error = refusedWalks[kind] else { continue }
                    writer.key(kind.name)
                    writer.value("\(error)")
                }
            }
            writer.line()
        }
        writer.finish()
        return bytes
    }

    private func write<Value>(
        _ answer: Result<Value, Errno>, to writer: inout JSONWriter, _ body: (inout JSONWriter, Value) -> Void
    ) {
        switch answer {
        case .success(let value): body(&writer, value)
        case .failure(let error): writer.object { $0.member("error", "\(error)") }
        }
    }

    // MARK: Paths

    private func write(_ file: RecordedFile, at path: RecordedPath, to writer: inout JSONWriter) {
        writer.member("path", EscapedBytes.text(path.bytes))
        if let status = file.status {
            writer.key("stat")
            write(status, to: &writer) { writer, status in
                writer.object { writer in
                    writer.member("mode", String(status.mode, radix: 8))
                    writer.member("uid", status.owner)
                    writer.member("gid", status.group)
                    writer.member("inode", status.inode)
                    writer.member("device", status.device)
                    writer.member("links", status.linkCount)
                    writer.member("size", UInt64(clamping: status.size))
                }
            }
        }
        if let fileSystem = file.fileSystem {
            writer.key("file_system")
            write(fileSystem, to: &writer) { $0.value(String($1, radix: 16)) }
        }
        if let target = file.target {
            writer.key("link")
            write(target, to: &writer) { $0.value(EscapedBytes.text($1)) }
        }
        if let handle = file.handle {
            writer.key("handle")
            write(handle, to: &writer) { $0.value($1) }
        }
        if let contents = file.contents {
            switch contents {
            case .success(.bytes(let bytes)):
                if path.fileName == nil {
                    writer.member("text", EscapedBytes.text(bytes))
                } else {
                    writer.member("file", true)
                }
            case .success(.notBPF): writer.member("file", false)
            case .success(.same(let other)): writer.member("same_as", EscapedBytes.text(other.bytes))
            case .failure(let error):
                writer.key("file")
                writer.object { $0.member("error", "\(error)") }
            }
        }
        if let entries = file.entries {
            writer.key("entries")
            write(entries, to: &writer) { writer, entries in
                writer.array(entries) { $0.value(EscapedBytes.text([$1.type.letter] + $1.name)) }
            }
        }
        if let pin = file.pinForReading {
            writer.key("pin_rdonly")
            writer.object { write(pin, to: &$0) }
        }
        if let pin = file.pinForWriting {
            writer.key("pin_rdwr")
            writer.object { write(pin, to: &$0) }
        }
    }

    private func write(_ answer: Result<Opened, Errno>, to writer: inout JSONWriter) {
        switch answer {
        case .success(let opened):
            writer.member("kind", opened.kind?.name)
            if let id = opened.id { writer.member("id", id) }
            if let refusal = opened.refusal { writer.member("refusal", "\(refusal)") }
        case .failure(let error): writer.member("error", "\(error)")
        }
    }

    // MARK: Objects

    private func write<Info>(
        _ object: RecordedObject<Info>, id: ObjectID, to writer: inout JSONWriter,
        _ body: (inout JSONWriter, Info) -> Void
    ) {
        writer.member("id", id)
        if let refusal = object.refusal { writer.member("refusal", "\(refusal)") }
        if let info = object.info {
            writer.key("info")
            write(info, to: &writer) { writer, info in writer.object { body(&$0, info) } }
        }
        if let text = object.text { writer.member("fdinfo", EscapedBytes.text(text)) }
    }

    private func write(_ info: ProgramInfo, _ mapIDs: [ObjectID], to writer: inout JSONWriter) {
        let program = info.program
        writer.member("type", program.type?.rawValue)
        writer.member("name", program.name.map { EscapedBytes.text($0.bytes) })
        writer.member("tag", program.tag.map(\.description))
        writer.member("created_by_uid", program.loadedByUID)
        writer.member("load_time", program.loadTime)
        writer.member("btf_id", program.btfID)
        if let length = info.translatedLength { writer.member("xlated_prog_len", length) }
        writer.member("run_time_ns", program.runTime)
        writer.member("run_cnt", program.runCount)
        writer.member("recursion_misses", program.recursionMisses)
        writer.member("verified_insns", program.verifiedInstructions)
        writer.member("nr_map_ids", UInt32(clamping: info.mapCount))
        writer.key("map_ids")
        writer.array(mapIDs) { $0.value($1) }
    }

    private func write(_ map: BPFMap, to writer: inout JSONWriter) {
        writer.member("type", map.type?.rawValue)
        writer.member("name", map.name.map { EscapedBytes.text($0.bytes) })
        writer.member("key_size", map.keySize)
        writer.member("value_size", map.valueSize)
        writer.member("max_entries", map.maxEntries)
        writer.member("map_flags", map.flags)
        writer.member("map_extra", map.extra)
        writer.member("btf_id", map.btfID)
    }

    private func write(_ link: BPFLink, to writer: inout JSONWriter) {
        writer.member("type", link.type?.rawValue)
        writer.member("prog_id", link.programID)
        writer.member("map_id", link.mapID)
        writer.member("attach_type", link.attachType)
        switch link.target {
        case .cgroup(let id): writer.member("cgroup_id", id)
        case .interface(let index): writer.member("ifindex", index)
        case .networkNamespace(let inode): writer.member("netns_ino", inode)
        case nil: break
        }
    }
}
