import KernelObjects
import LinuxSystem

/// Copies of another process's fds, made with `pidfd_getfd(2)`: they tell what fdinfo does not, names and maps.
///
/// A copy lives for as long as it takes to ask the kernel about it. Only fds that were just seen to be BPF objects are
/// copied: receiving a socket changes it, and closing a copy may be the last close.
struct FDCopies: ~Copyable {
    private let host: any Host
    private var reader: ObjectReader
    private let isPossible: Bool
    private var pidfd: FileDescriptor?
    private var owner = Owner.none

    private enum Owner: Equatable {
        case none
        case process(Int32)
        case thread(Int32)
    }

    /// - Parameters:
    ///   - isPossible: whether the process ids are the ones our calls take, and the calls can be made.
    ///   - canAsk: whether bpf(2) may be asked about a copy; if not, it tells no more than its text.
    ///   - findsFullNames: whether full names of programs are wanted.
    init(host: any Host, calls: any ObjectCalls, isPossible: Bool, canAsk: Bool, findsFullNames: Bool) {
        self.host = host
        reader = ObjectReader(calls: calls, files: host.files, canAsk: canAsk, findsFullNames: findsFullNames)
        self.isPossible = isPossible
        tellMoreThanTexts = isPossible && canAsk
        showOwnTexts = tellMoreThanTexts && host.isLive
    }

    /// What the fd table belongs to whose fds are copied next.
    mutating func turn(to pid: Int32, thread: Int32?) {
        owner = thread.map { .thread($0) } ?? .process(pid)
        pidfd = nil
    }

    /// Whether a copy is worth the trouble where the text can be read.
    let tellMoreThanTexts: Bool
    /// Whether our own text of a copy is cheaper than that of the other process: where it need not be opened for each.
    let showOwnTexts: Bool

    /// The program behind an fd; ENOENT when it is something else by now.
    mutating func program(
        _ fd: Int32, readsText: (ObjectID) -> Bool, seeksFullName: (ObjectID) -> Bool
    ) throws(Errno) -> BPFProgram {
        let copy = try copy(fd)
        guard reader.kind(of: copy.number) == .program else { throw Errno.notFound }
        return try reader.program(copy.number, readsText: readsText, seeksFullName: seeksFullName)
    }

    /// The map behind an fd; ENOENT when it is something else by now.
    mutating func map(_ fd: Int32, readsText: (ObjectID) -> Bool) throws(Errno) -> BPFMap {
        let copy = try copy(fd)
        guard reader.kind(of: copy.number) == .map else { throw Errno.notFound }
        return try reader.map(copy.number, readsText: readsText)
    }

    /// The link behind an fd; ENOENT when it is something else by now.
    mutating func link(_ fd: Int32) throws(Errno) -> BPFLink {
        let copy = try copy(fd)
        guard reader.kind(of: copy.number) == .link else { throw Errno.notFound }
        return try reader.link(copy.number)
    }

    /// What the kernel says of the map behind an fd, of which there may be a copy already. Whether it is one is left to
    /// the caller, who knows what its text said a moment ago, and has to compare.
    mutating func record(ofMap fd: Int32, _ copy: Int32?) throws(Errno) -> BPFMap {
        if let copy { return try reader.map(copy, readsText: { _ in false }) }
        let own = try self.copy(fd)
        return try reader.map(own.number, readsText: { _ in false })
    }

    /// What the kernel says of the program behind an fd; the same goes for it.
    mutating func record(ofProgram fd: Int32, _ copy: Int32?) throws(Errno) -> BPFProgram {
        if let copy { return try reader.program(copy, readsText: { _ in false }) }
        let own = try self.copy(fd)
        return try reader.program(own.number, readsText: { _ in false })
    }

    /// What our own fdinfo says of a copy. On kernels that may crash of a link's text, to be asked of nothing but what is
    /// known to be none.
    mutating func ownText(of copy: Int32) -> FDInfo? { reader.text(copy) }

    /// A copy of an fd. Only of what was just seen to be a BPF object.
    mutating func copy(_ fd: Int32) throws(Errno) -> FileDescriptor {
        guard isPossible else { throw Errno.notImplemented }
        let handle: Int32
        if let number = pidfd?.number {
            handle = number
        } else {
            let opened = try open(owner)
            handle = opened.number
            pidfd = consume opened
        }
        return try host.copy(fd, from: handle)
    }

    private func open(_ owner: Owner) throws(Errno) -> FileDescriptor {
        switch owner {
        case .none: throw Errno.noSuchProcess
        case .process(let pid): try host.handle(of: pid, isThread: false)
        case .thread(let tid): try host.handle(of: tid, isThread: true)
        }
    }
}
