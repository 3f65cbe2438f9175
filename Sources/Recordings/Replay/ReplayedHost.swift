package import KernelObjects
package import KernelSources
package import LinuxSystem
import Synchronization

/// A recorded host: answers everything from the recording, without asking this kernel anything about eBPF.
///
/// What the recording does not say is answered with ENODATA, and kept: an answer that is made up would be a lie.
package final class ReplayedHost: Host {
    struct State {
        var open = OpenFiles()
        /// How many entries of each open directory were listed.
        var positions: [Int32: Int] = [:]
        var gaps: Set<RecordedPath> = []
    }

    /// What is replayed.
    package let recording: Recording
    /// The rights that somebody else would have had there; nil for those of whoever recorded.
    let rights: AssumedRights?
    let state = Mutex(State())

    /// - Parameter assuming: whom to look as; nil for whoever recorded.
    package init(_ recording: Recording, assuming: Identity? = nil) throws(AssumedRightsError) {
        self.recording = recording
        rights = try assuming.map { identity throws(AssumedRightsError) in
            try AssumedRights(identity, in: recording)
        }
    }

    /// The paths that were asked for and are not in the recording.
    package var gaps: [RecordedPath] {
        state.withLock { $0.gaps.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) } }
    }

    /// What the recording has no answer to.
    static let notRecorded = Errno(rawValue: 61)  // ENODATA

    package var files: any FileCalls { ReplayedFiles(host: self) }
    package var hasLibbpf: Bool { recording.about.hasLibbpf }

    package func objects(for source: SourceKind) -> any ObjectCalls {
        ReplayedObjects(host: self, source: source)
    }

    package func ownProcess() -> OwnProcess {
        rights?.ownProcess ?? recording.about.process
    }

    package func answer(to trial: SystemCallTrial, inChild: Bool) -> Int32 {
        if trial == .bpf, let refusal = rights?.refusalOfBPF { return refusal.rawValue }
        return recording.about.trials[trial] ?? Self.notRecorded.rawValue
    }

    package func handle(of id: Int32, isThread: Bool) throws(Errno) -> FileDescriptor {
        let copy = Recording.Copy(owner: id, isThread: isThread, fd: nil)
        if case .failure(let error) = recording.copies[copy] { throw error }
        return try standIn(for: .process(copy))
    }

    package func copy(_ fd: Int32, from handle: Int32) throws(Errno) -> FileDescriptor {
        guard case .process(var copy) = state.withLock({ $0.open[handle] }) else { throw Errno.badDescriptor }
        copy.fd = fd
        if let refusal = rights?.refusal(ofCopyingFrom: copy.owner) { throw refusal }
        guard let answer = recording.copies[copy] ?? recording.copyByText(copy) else { throw Self.notRecorded }
        return try standIn(for: .object(try answer.get(), from: .copy(copy)))
    }

    package func enableRunStatistics() throws(Errno) -> FileDescriptor {
        throw Self.notRecorded
    }

    package func shareFiles(_ a: Int32, _ b: Int32) throws(Errno) -> Bool {
        if let refusal = rights?.refusal(ofComparing: a, b) { throw refusal }
        guard let answer = recording.sharing[Recording.Pair(first: a, second: b)] else { throw Self.notRecorded }
        return try answer.get()
    }

    /// A descriptor that stands for something recorded. It leads nowhere.
    func standIn(for file: OpenFile) throws(Errno) -> FileDescriptor {
        let descriptor = try FileDescriptor.open("/", .path)
        let number = descriptor.number
        state.withLock { state in
            state.open[number] = file
            state.positions[number] = 0
        }
        return descriptor
    }
}
