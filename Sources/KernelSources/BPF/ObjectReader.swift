import KernelObjects
import LinuxSystem

/// Learns everything about an object that we hold open: its record from bpf(2), and from our own fdinfo what only
/// stands there (memlock, frozen). Keeps its buffers from object to object.
struct ObjectReader: ~Copyable {
    private let calls: any ObjectCalls
    /// Whether bpf(2) may be asked; if not, what our own fdinfo says is all there is.
    private let canAsk: Bool
    /// Whether to look for the full names of programs whose names are cut short.
    private let findsFullNames: Bool
    private var btf = BTFRoom()
    private var ownFDInfo: OwnFDInfo
    private var mapIDRoom: UnsafeMutableBufferPointer<ObjectID>
    /// Far more than the kernel lets a program use (64): an answer beyond it is not believed.
    private static let mostMaps = 65_536

    init(calls: any ObjectCalls, files: any FileCalls, canAsk: Bool = true, findsFullNames: Bool) {
        self.calls = calls
        self.canAsk = canAsk
        self.findsFullNames = findsFullNames
        ownFDInfo = OwnFDInfo(for: calls.source, through: files)
        mapIDRoom = .allocate(capacity: 128)
        mapIDRoom.initialize(repeating: 0)
    }

    deinit {
        mapIDRoom.deallocate()
    }

    /// What kind of object one of our own fds is. Nobody can exchange it under us.
    func kind(of fd: Int32) -> ObjectKind? {
        calls.kind(of: fd)
    }

    /// Everything about an open program. Memory stays unknown when our own fdinfo cannot be read.
    ///
    /// - Parameters:
    ///   - readsText: whether to read our own fdinfo of the object; needless where its memory is known.
    ///   - seeksFullName: whether to look for a full name, where one is wanted at all; needless where it is known.
    mutating func program(
        _ fd: Int32, readsText: (ObjectID) -> Bool = { _ in true }, seeksFullName: (ObjectID) -> Bool = { _ in true }
    ) throws(Errno) -> BPFProgram {
        guard canAsk else {
            guard case .program(let own) = ownFDInfo.read(fd) else { throw Errno.notFound }
            return own
        }
        var info = try calls.programInfo(fd, mapIDs: mapIDRoom)
        // Rare: more maps than there was room for. BPF_PROG_BIND_MAP may add some meanwhile, so not only once.
        while info.mapCount > mapIDRoom.count, info.mapCount <= Self.mostMaps {
            mapIDRoom.deallocate()
            mapIDRoom = .allocate(capacity: info.mapCount)
            mapIDRoom.initialize(repeating: 0)
            info = try calls.programInfo(fd, mapIDs: mapIDRoom)
        }
        var program = info.program
        if info.mapCount <= mapIDRoom.count { program.mapIDs = Array(mapIDRoom[..<info.mapCount]) }
        program.wasFullNameSought = info.hasNoBTF
        if findsFullNames, program.mayHaveFullName, seeksFullName(program.id) { findFullName(of: &program, fd) }
        if readsText(program.id), case .program(let own) = ownFDInfo.read(fd, of: ObjectKey(.program, program.id)) {
            program.merge(own)
        }
        return program
    }

    /// Where BTF cannot be read, which takes CAP_SYS_ADMIN, kallsyms is left.
    private mutating func findFullName(of program: inout BPFProgram, _ fd: Int32) {
        guard let name = program.name, let function = try? calls.functionName(ofProgram: fd, &btf) else { return }
        program.wasFullNameSought = true
        // Whoever loads a program may give it another name than its function's.
        if name.isCut(from: function) { program.fullName = function }
    }

    /// Everything about an open map.
    mutating func map(_ fd: Int32, readsText: (ObjectID) -> Bool = { _ in true }) throws(Errno) -> BPFMap {
        guard canAsk else {
            guard case .map(let own) = ownFDInfo.read(fd) else { throw Errno.notFound }
            return own
        }
        var map = try calls.mapInfo(fd)
        if readsText(map.id), let own = mapText(fd, of: map.id) { map.merge(own) }
        return map
    }

    /// What our own fdinfo says of an open map or program, on a live host.
    mutating func text(_ fd: Int32) -> FDInfo? { ownFDInfo.readLive(fd) }

    /// What our own fdinfo says of an open map with this id; nil when it cannot be read.
    mutating func mapText(_ fd: Int32, of id: ObjectID) -> BPFMap? {
        guard case .map(let own) = ownFDInfo.read(fd, of: ObjectKey(.map, id)) else { return nil }
        return own
    }

    /// Everything about an open link. Its fdinfo is never read: on some kernels that is what crashes the host, and
    /// it has nothing that the record has not.
    func link(_ fd: Int32) throws(Errno) -> BPFLink {
        guard canAsk else { throw Errno.notImplemented }
        return try calls.linkInfo(fd)
    }
}
