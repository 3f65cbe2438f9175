import KernelObjects
import KernelSources
import LinuxSystem
import Synchronization

/// bpf(2) on this host, with its answers written down.
struct RecordingObjects: ObjectCalls {
    let host: RecordingHost
    let live: any ObjectCalls

    var source: SourceKind { live.source }

    func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID {
        do throws(Errno) {
            return try live.nextID(of: kind, after: id)
        } catch {
            if error != .notFound { host.update { $0.recording.refusedWalks[kind] = error } }
            throw error
        }
    }

    func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor {
        do throws(Errno) {
            let object = try live.open(kind, id: id)
            let number = object.number
            host.update { $0.opened(number, Opened(kind: kind, id: id), from: .id) }
            return object
        } catch {
            host.update { state in
                switch kind {
                case .program: state.recording.programs[id, default: RecordedObject()].refusal = error
                case .map: state.recording.maps[id, default: RecordedObject()].refusal = error
                case .link: state.recording.links[id, default: RecordedObject()].refusal = error
                }
            }
            throw error
        }
    }

    func open(pin: borrowing FileDescriptor, readOnly: Bool) throws(Errno) -> FileDescriptor {
        let handle = pin.number
        guard case .file(let path) = host.state.withLock({ $0.open[handle] }) else { throw Errno.badDescriptor }
        do throws(Errno) {
            let object = try live.open(pin: pin, readOnly: readOnly)
            let number = object.number
            host.update { $0.opened(number, Opened(kind: nil), from: .pin(path, readOnly: readOnly)) }
            return object
        } catch {
            host.update { state in
                if readOnly {
                    state.recording.files[path, default: RecordedFile()].pinForReading = .failure(error)
                } else {
                    state.recording.files[path, default: RecordedFile()].pinForWriting = .failure(error)
                }
            }
            throw error
        }
    }

    func kind(of fd: Int32) -> ObjectKind? {
        let kind = live.kind(of: fd)
        host.update { state in
            guard case .object(var object, let origin) = state.open[fd] else { return }
            object.kind = kind
            state.opened(fd, object, from: origin)
        }
        return kind
    }

    func programInfo(_ fd: Int32, mapIDs room: UnsafeMutableBufferPointer<ObjectID>) throws(Errno) -> ProgramInfo {
        do throws(Errno) {
            let info = try live.programInfo(fd, mapIDs: room)
            let id = info.program.id
            let mapIDs = Array(room.prefix(info.mapCount))
            host.update { state in
                state.learnt(.program, id, of: fd)
                state.recording.programs[id, default: RecordedObject()].info = .success(info)
                // A question with too little room is no news of the maps.
                if mapIDs.count >= state.recording.mapIDs[id]?.count ?? 0 { state.recording.mapIDs[id] = mapIDs }
            }
            return info
        } catch {
            refused(fd, error)
            throw error
        }
    }

    func functionName(ofProgram fd: Int32, _ room: inout BTFRoom) throws(Errno) -> String {
        let answer: Result<String, Errno>
        do throws(Errno) {
            answer = .success(try live.functionName(ofProgram: fd, &room))
        } catch {
            answer = .failure(error)
        }
        host.update { state in
            guard case .object(let object, _) = state.open[fd], let id = object.id else { return }
            // What one source was told stays, when another was refused.
            if case .success = state.recording.functionNames[id] { return }
            state.recording.functionNames[id] = answer
        }
        return try answer.get()
    }

    func mapInfo(_ fd: Int32) throws(Errno) -> BPFMap {
        do throws(Errno) {
            let map = try live.mapInfo(fd)
            host.update { state in
                state.learnt(.map, map.id, of: fd)
                state.recording.maps[map.id, default: RecordedObject()].info = .success(map)
            }
            return map
        } catch {
            refused(fd, error)
            throw error
        }
    }

    func linkInfo(_ fd: Int32) throws(Errno) -> BPFLink {
        do throws(Errno) {
            let link = try live.linkInfo(fd)
            host.update { state in
                state.learnt(.link, link.id, of: fd)
                state.recording.links[link.id, default: RecordedObject()].info = .success(link)
            }
            return link
        } catch {
            refused(fd, error)
            throw error
        }
    }

    private func refused(_ fd: Int32, _ error: Errno) {
        host.update { state in
            guard case .object(var object, let origin) = state.open[fd] else { return }
            object.refusal = error
            state.opened(fd, object, from: origin)
        }
    }
}

extension RecordingHost.State {
    /// Notes which object a descriptor is.
    mutating func learnt(_ kind: ObjectKind, _ id: ObjectID, of fd: Int32) {
        guard case .object(var object, let origin) = open[fd] else { return }
        object.kind = kind
        object.id = id
        opened(fd, object, from: origin)
    }

    /// Keeps the text of one of our own descriptors, which tells what it is even where bpf(2) may not be asked.
    mutating func learntText(_ text: [UInt8], of fd: Int32) {
        guard case .object(let object, _) = open[fd] else { return }
        guard let key = object.key ?? FDInfo.parse(text.span).key else { return }
        learnt(key.kind, key.id, of: fd)
        switch key.kind {
        case .program: recording.programs[key.id, default: RecordedObject()].text = text
        case .map: recording.maps[key.id, default: RecordedObject()].text = text
        case .link: break
        }
    }
}

extension FDInfo {
    /// Which object a text tells of.
    var key: ObjectKey? {
        switch self {
        case .map(let map): ObjectKey(.map, map.id)
        case .program(let program): ObjectKey(.program, program.id)
        case .link(let link): ObjectKey(.link, link.id)
        case .btf, .other, .malformed: nil
        }
    }
}
