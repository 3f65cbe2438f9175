import KernelObjects
import KernelSources
import LinuxSystem
import Synchronization

/// The files of a recorded host.
struct ReplayedFiles: FileCalls {
    let host: ReplayedHost

    private var recording: Recording { host.recording }
    private var procfs: String { recording.about.paths.procfs }

    func open(
        _ path: UnsafePointer<CChar>, at directory: Int32?, _ mode: FileDescriptor.Mode, followLinks: Bool,
        crossMounts: Bool
    ) throws(Errno) -> FileDescriptor {
        let place = try place(path, at: directory)
        if place == ownTexts { return try host.standIn(for: .file(place)) }
        if place.parent == ownTexts { return try FileDescriptor.holding(try ownText(place)) }
        if let refusal = host.rights?.refusal(ofOpening: place, mode) { throw refusal }
        switch mode {
        case .read:
            switch try contents(place) {
            case .bytes(let bytes): return try FileDescriptor.holding(bytes)
            case .notBPF: return try FileDescriptor.holding(Self.otherText)
            case .same(let other): return try FileDescriptor.holding(try recording.bytes(other))
            }
        case .directory:
            _ = try entries(place)
            return try host.standIn(for: .file(place))
        case .path:
            guard let answer = recording.files[place]?.handle, try answer.get() else { throw unknown(place) }
            return try host.standIn(for: .file(place))
        }
    }

    /// How every fdinfo begins: all that is told of a descriptor that is no BPF object.
    private static let otherText = Array("pos:\t0\nflags:\t00\nmnt_id:\t0\n".utf8)

    /// The text of one of our own descriptors: of the object that it stands for.
    private func ownText(_ place: RecordedPath) throws(Errno) -> [UInt8] {
        guard let fd = Int32(String(decoding: place.name, as: UTF8.self)),
            case .object(let object, _) = host.state.withLock({ $0.open[fd] }), let key = object.key
        else { throw Errno.notFound }
        let text =
            switch key.kind {
            case .program: recording.programs[key.id]?.text
            case .map: recording.maps[key.id]?.text
            case .link: nil as [UInt8]?
            }
        guard let text else { throw host.notRecorded("the fdinfo of \(key.kind.name) \(key.id)") }
        return text
    }

    private func contents(_ place: RecordedPath) throws(Errno) -> RecordedFile.Contents {
        if let answer = recording.files[place]?.contents { return try answer.get() }
        // Whoever can follow the links of a process does not read the texts of what is no BPF object.
        if let link = recording.link(ofText: place, procfs: procfs),
            case .success(let target) = recording.files[link]?.target,
            !target.starts(with: "anon_inode:bpf".utf8)
        {
            return .notBPF
        }
        throw unknown(place)
    }

    private func entries(_ place: RecordedPath) throws(Errno) -> [RecordedFile.Entry] {
        let entries: [RecordedFile.Entry]
        if let answer = recording.files[place]?.entries {
            entries = try answer.get()
        } else if place.name.elementsEqual("fdinfo".utf8),
            case .success(let descriptors) = recording.files[place.parent.appending("fd".utf8)]?.entries
        {
            // The two list the same.
            entries = descriptors
        } else {
            throw unknown(place)
        }
        guard place == RecordedPath(procfs), let rights = host.rights else { return entries }
        return entries.filter { entry in
            Int32(String(decoding: entry.name, as: UTF8.self)).map { !rights.hides($0) } ?? true
        }
    }

    func list(_ directory: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        guard let place = try path(directory) else { throw Errno.badDescriptor }
        let rest = try entries(place).dropFirst(host.state.withLock { $0.positions[directory] ?? 0 })
        let (count, bytes) = DirectoryRecords.write(rest, into: buffer)
        host.state.withLock { $0.positions[directory, default: 0] += count }
        return bytes
    }

    func status(
        of path: UnsafePointer<CChar>, at directory: Int32?, followLinks: Bool
    ) throws(Errno) -> FileStatus {
        let place = try place(path, at: directory)
        if let refusal = host.rights?.refusal(ofStatus: place) { throw refusal }
        return try status(place)
    }

    func status(of descriptor: Int32) throws(Errno) -> FileStatus {
        guard let place = try path(descriptor) else { throw Errno.badDescriptor }
        return try status(place)
    }

    private func status(_ place: RecordedPath) throws(Errno) -> FileStatus {
        guard let answer = recording.files[place]?.status else { throw unknown(place) }
        return try answer.get()
    }

    func readLink(
        _ path: UnsafePointer<CChar>, at directory: Int32?, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        let place = try place(path, at: directory)
        if let refusal = host.rights?.refusal(ofReadingLink: place) { throw refusal }
        guard let answer = recording.files[place]?.target else { throw unknown(place) }
        let target = try answer.get().prefix(buffer.count)
        buffer.copyBytes(from: target)
        return target.count
    }

    func fileSystem(of descriptor: Int32) throws(Errno) -> FileSystemType {
        guard let place = try path(descriptor) else { throw Errno.badDescriptor }
        guard let answer = recording.files[place]?.fileSystem else { throw unknown(place) }
        return FileSystemType(rawValue: try answer.get())
    }

    /// The error for a path of which the recording says nothing: that it is not there, where its directory was listed
    /// without it, and otherwise that nobody asked.
    private func unknown(_ place: RecordedPath) -> Errno {
        var below = place
        while !below.bytes.isEmpty {
            let above = below.parent
            if case .success(let entries) = recording.files[above]?.entries {
                if !entries.contains(where: { below.name.elementsEqual($0.name) }) { return .notFound }
                break
            }
            below = above
        }
        return host.notRecorded("\(place)")
    }

    private func path(_ descriptor: Int32?) throws(Errno) -> RecordedPath? {
        try host.state.withLock { state throws(Errno) in try state.open.path(descriptor) }
    }

    private func place(_ path: UnsafePointer<CChar>, at directory: Int32?) throws(Errno) -> RecordedPath {
        RecordedPath(path, at: try self.path(directory))
    }
}

extension Recording {
    /// The link of the descriptor whose text a path is; nil for any other path.
    func link(ofText place: RecordedPath, procfs: String) -> RecordedPath? {
        let directory = place.parent
        guard directory.name.elementsEqual("fdinfo".utf8), place.components(below: procfs) != nil else { return nil }
        return directory.parent.appending("fd".utf8).appending(place.name)
    }
}
