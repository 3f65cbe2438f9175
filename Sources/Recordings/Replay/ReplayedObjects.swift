import KernelObjects
import KernelSources
import LinuxSystem
import Synchronization

/// bpf(2) as it was recorded.
struct ReplayedObjects: ObjectCalls {
    let host: ReplayedHost
    let source: SourceKind
    private let ids: [ObjectKind: [ObjectID]]

    init(host: ReplayedHost, source: SourceKind) {
        self.host = host
        self.source = source
        ids = [
            .program: host.recording.programs.keys.sorted(), .map: host.recording.maps.keys.sorted(),
            .link: host.recording.links.keys.sorted(),
        ]
    }

    private var recording: Recording { host.recording }

    func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID {
        if let refusal = host.rights?.refusalOfWalking { throw refusal }
        // A walk that was refused at its first kind never came to the others.
        if let refusal = recording.refusedWalks[kind] ?? recording.refusedWalks[.program] { throw refusal }
        let ids = ids[kind] ?? []
        // The first above it, by halving.
        var (low, high) = (0, ids.count)
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] > id { high = middle } else { low = middle + 1 }
        }
        guard low < ids.count else { throw Errno.notFound }
        return ids[low]
    }

    func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor {
        if let refusal = host.rights?.refusalOfWalking { throw refusal }
        let refusal: Errno?? =
            switch kind {
            case .program: recording.programs[id].map(\.refusal)
            case .map: recording.maps[id].map(\.refusal)
            case .link: recording.links[id].map(\.refusal)
            }
        guard let refusal else { throw Errno.notFound }
        if let refusal { throw refusal }
        return try host.standIn(for: .object(Opened(kind: kind, id: id), from: .id))
    }

    func open(pin: borrowing FileDescriptor, readOnly: Bool) throws(Errno) -> FileDescriptor {
        let handle = pin.number
        guard case .file(let path) = host.state.withLock({ $0.open[handle] }) else { throw Errno.badDescriptor }
        let answer = readOnly ? recording.files[path]?.pinForReading : recording.files[path]?.pinForWriting
        if case .failure(.readOnlyFileSystem) = answer { throw Errno.readOnlyFileSystem }
        if let refusal = host.rights?.refusal(ofPin: path, readOnly: readOnly) { throw refusal }
        guard let answer else { throw host.notRecorded("the pin \(path)") }
        return try host.standIn(for: .object(try answer.get(), from: .pin(path, readOnly: readOnly)))
    }

    func kind(of fd: Int32) -> ObjectKind? {
        (try? opened(fd))?.kind
    }

    private func opened(_ fd: Int32) throws(Errno) -> Opened {
        guard case .object(let object, _) = host.state.withLock({ $0.open[fd] }) else { throw Errno.badDescriptor }
        return object
    }

    /// The id of an object whose record may be told.
    private func id(_ fd: Int32) throws(Errno) -> ObjectID {
        let object = try opened(fd)
        if let refusal = object.refusal ?? host.rights?.refusalOfBPF { throw refusal }
        guard let id = object.id else { throw host.notRecorded("the id of a descriptor's object") }
        return id
    }

    func programInfo(_ fd: Int32, mapIDs room: UnsafeMutableBufferPointer<ObjectID>) throws(Errno) -> ProgramInfo {
        let id = try id(fd)
        guard let answer = recording.programs[id]?.info else { throw host.notRecorded("program \(id)") }
        var info = try answer.get()
        info.program.sources = SourceSet(source)
        if host.rights?.seesInstructions == false { info.translatedLength = info.translatedLength.map { _ in 0 } }
        for (index, mapID) in (recording.mapIDs[id] ?? []).prefix(room.count).enumerated() { room[index] = mapID }
        return info
    }

    func functionName(ofProgram fd: Int32, _ room: inout BTFRoom) throws(Errno) -> String {
        if let refusal = host.rights?.refusalOfWalking { throw refusal }
        // No gap: older recordings have none, and what anybody may know of it is in kallsyms.
        guard let answer = recording.functionNames[try id(fd)] else { throw Errno.noData }
        return try answer.get()
    }

    func mapInfo(_ fd: Int32) throws(Errno) -> BPFMap {
        let id = try id(fd)
        guard let answer = recording.maps[id]?.info else { throw host.notRecorded("map \(id)") }
        var map = try answer.get()
        map.sources = SourceSet(source)
        return map
    }

    func linkInfo(_ fd: Int32) throws(Errno) -> BPFLink {
        let id = try id(fd)
        guard let answer = recording.links[id]?.info else { throw host.notRecorded("link \(id)") }
        var link = try answer.get()
        link.sources = SourceSet(source)
        return link
    }
}
