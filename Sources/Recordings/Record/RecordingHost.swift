package import KernelObjects
package import KernelSources
package import LinuxSystem
import Synchronization

/// This host, with everything that it answers written down.
package final class RecordingHost: Host {
    struct State {
        var recording: Recording
        var open = OpenFiles()
        /// What was listed of each open directory so far.
        var listings: [Int32: [RecordedFile.Entry]] = [:]
    }

    let live = LiveHost()
    let state: Mutex<State>

    /// Nothing is recorded yet.
    package init(program: String, at time: UInt64, paths: HostPaths) {
        let about = Recording.About(
            program: program, recordedAt: time, paths: paths, process: live.ownProcess(), hasLibbpf: live.hasLibbpf)
        state = Mutex(State(recording: Recording(about: about)))
    }

    /// What is recorded so far.
    package var recording: Recording { state.withLock { $0.recording } }

    /// Changes what is recorded.
    func update(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
    }

    package var files: any FileCalls { RecordingFiles(host: self) }
    package var hasLibbpf: Bool { live.hasLibbpf }
    package var isLive: Bool { false }
    package var countsOpenFiles: Bool { false }

    package func kprobeMultiBTF(at path: String) -> KprobeMultiBTF? {
        let answer = live.kprobeMultiBTF(at: path)
        update { $0.recording.about.kprobeMultiBTF = answer }
        return answer
    }

    package func objects(for source: SourceKind) -> any ObjectCalls {
        RecordingObjects(host: self, live: LiveObjectCalls(for: source))
    }

    package func ownProcess() -> OwnProcess { state.withLock { $0.recording.about.process } }

    package func answer(to trial: SystemCallTrial, inChild: Bool) -> Int32 {
        let answer = live.answer(to: trial, inChild: inChild)
        update { $0.recording.about.trials[trial] = answer }
        return answer
    }

    package func handle(of id: Int32, isThread: Bool) throws(Errno) -> FileDescriptor {
        let copy = Recording.Copy(owner: id, isThread: isThread, fd: nil)
        do throws(Errno) {
            let handle = try live.handle(of: id, isThread: isThread)
            let number = handle.number
            update { $0.open[number] = .process(copy) }
            return handle
        } catch {
            update { $0.recording.copies[copy] = .failure(error) }
            throw error
        }
    }

    package func copy(_ fd: Int32, from handle: Int32) throws(Errno) -> FileDescriptor {
        guard case .process(var copy) = state.withLock({ $0.open[handle] }) else { throw Errno.badDescriptor }
        copy.fd = fd
        do throws(Errno) {
            let object = try live.copy(fd, from: handle)
            let number = object.number
            update { $0.opened(number, Opened(kind: nil), from: .copy(copy)) }
            return object
        } catch {
            update { $0.recording.copies[copy] = .failure(error) }
            throw error
        }
    }

    package func enableRunStatistics() throws(Errno) -> FileDescriptor {
        try live.enableRunStatistics()
    }

    package func shareFiles(_ a: Int32, _ b: Int32) throws(Errno) -> Bool {
        let pair = Recording.Pair(first: a, second: b)
        do throws(Errno) {
            let areShared = try live.shareFiles(a, b)
            update { $0.recording.sharing[pair] = .success(areShared) }
            return areShared
        } catch {
            update { $0.recording.sharing[pair] = .failure(error) }
            throw error
        }
    }
}

extension RecordingHost.State {
    /// Notes what a descriptor is, at the place that gave it.
    mutating func opened(_ number: Int32, _ object: Opened, from origin: OpenFile.Origin) {
        open[number] = .object(object, from: origin)
        switch origin {
        case .id: break
        case .pin(let path, readOnly: true):
            recording.files[path, default: RecordedFile()].pinForReading = .success(object)
        case .pin(let path, readOnly: false):
            recording.files[path, default: RecordedFile()].pinForWriting = .success(object)
        case .copy(let copy): recording.copies[copy] = .success(object)
        }
    }
}
