internal import Glibc
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
        var gaps: Set<String> = []
    }

    /// What is replayed.
    package let recording: Recording
    /// The rights that somebody else would have had there; nil for those of whoever recorded.
    let rights: AssumedRights?
    let state = Mutex(State())

    /// Hears of each gap once.
    private let hearsOfGap: @Sendable (String) -> Void

    /// - Parameters:
    ///   - assuming: whom to look as; nil for whoever recorded.
    ///   - onGap: hears, once, of each thing that was asked for and is not in the recording.
    package init(
        _ recording: Recording, assuming: Identity? = nil, onGap: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(AssumedRightsError) {
        self.recording = recording
        hearsOfGap = onGap
        rights = try assuming.map { identity throws(AssumedRightsError) in
            try AssumedRights(identity, in: recording)
        }
    }

    /// What was asked for and is not in the recording: paths, and calls in words.
    package var gaps: [String] { state.withLock { $0.gaps.sorted() } }

    /// The error for what the recording has no answer to.
    func notRecorded(_ what: String) -> Errno {
        if state.withLock({ $0.gaps.insert(what).inserted }) { hearsOfGap(what) }
        return .noData
    }

    package var files: any FileCalls { ReplayedFiles(host: self) }
    package var hasLibbpf: Bool { recording.about.hasLibbpf }
    package var isLive: Bool { false }
    package var countsOpenFiles: Bool { false }

    package func kprobeMultiBTF(at path: String) -> KprobeMultiBTF? { recording.about.kprobeMultiBTF }

    package func objects(for source: SourceKind) -> any ObjectCalls {
        ReplayedObjects(host: self, source: source)
    }

    package func ownProcess() -> OwnProcess {
        rights?.ownProcess ?? recording.about.process
    }

    package func answer(to trial: SystemCallTrial, inChild: Bool) -> Int32 {
        if trial == .bpf, let refusal = rights?.refusalOfBPF { return refusal.rawValue }
        return recording.about.trials[trial] ?? notRecorded("the trial of \(trial.rawValue)").rawValue
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
        guard let answer = recording.copies[copy] else {
            throw notRecorded("a copy of fd \(fd) of \(copy.isThread ? "thread" : "process") \(copy.owner)")
        }
        return try standIn(for: .object(try answer.get(), from: .copy(copy)))
    }

    package func enableRunStatistics() throws(Errno) -> FileDescriptor {
        // Nothing runs here whose statistics could be kept.
        throw Errno.notImplemented
    }

    package func shareFiles(_ a: Int32, _ b: Int32) throws(Errno) -> Bool {
        if let refusal = rights?.refusal(ofComparing: a, b) { throw refusal }
        guard let answer = recording.sharing[Recording.Pair(first: a, second: b)] else {
            throw notRecorded("whether threads \(a) and \(b) share descriptors")
        }
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
