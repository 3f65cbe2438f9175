internal import CLinux
import KernelObjects
import LinuxSystem

/// Learns everything about an object that we hold open: its record from bpf(2), and from our own fdinfo what only
/// stands there (memlock, frozen). Keeps its buffers from object to object.
struct ObjectReader: ~Copyable {
    private let calls: any ObjectCalls
    private var ownFDInfo: OwnFDInfo
    private var mapIDRoom: UnsafeMutableBufferPointer<ObjectID>
    /// Far more than the kernel lets a program use (64): an answer beyond it is not believed.
    private static let mostMaps = 65_536

    init(calls: any ObjectCalls) {
        self.calls = calls
        ownFDInfo = OwnFDInfo(for: calls.source)
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
    /// - Parameter readsText: whether to read our own fdinfo of it; needless for whoever has read another's already.
    mutating func program(_ fd: Int32, readsText: Bool = true) throws(Errno) -> BPFProgram {
        var info = try calls.programInfo(fd, mapIDs: mapIDRoom)
        // Rare: more maps than there was room for. The number cannot change after loading.
        if info.mapCount > mapIDRoom.count, info.mapCount <= Self.mostMaps {
            mapIDRoom.deallocate()
            mapIDRoom = .allocate(capacity: info.mapCount)
            mapIDRoom.initialize(repeating: 0)
            info = try calls.programInfo(fd, mapIDs: mapIDRoom)
        }
        var program = info.program
        program.mapIDs = info.mapCount == 0 ? [] : Array(mapIDRoom[..<min(info.mapCount, mapIDRoom.count)])
        if readsText, case .program(let own) = ownFDInfo.read(fd), own.id == program.id { program.merge(own) }
        return program
    }

    /// Everything about an open map.
    mutating func map(_ fd: Int32, readsText: Bool = true) throws(Errno) -> BPFMap {
        var map = try calls.mapInfo(fd)
        if readsText, case .map(let own) = ownFDInfo.read(fd), own.id == map.id { map.merge(own) }
        return map
    }

    /// Everything about an open link. Its fdinfo is never read: on some kernels that is what crashes the host, and
    /// it has nothing that the record has not.
    func link(_ fd: Int32) throws(Errno) -> BPFLink {
        try calls.linkInfo(fd)
    }
}

/// Our own `/proc/self/fdinfo`, by a directory that is kept open. Without a procfs, memory stays unknown.
struct OwnFDInfo: ~Copyable {
    private let source: SourceKind
    private let directory: FileDescriptor?
    private let directoryNumber: Int32?
    private let buffer: UnsafeMutableRawBufferPointer
    private var path = PathBuilder()

    init(for source: SourceKind) {
        self.source = source
        // Always the real one: under an injected procfs, "self" is somebody else or nobody.
        if let opened = try? FileDescriptor.open("/proc/self/fdinfo", .directory) {
            directoryNumber = opened.number
            directory = consume opened
        } else {
            directoryNumber = nil
            directory = nil
        }
        buffer = .allocate(byteCount: FDInfo.bufferSize, alignment: 8)
    }

    deinit {
        buffer.deallocate()
    }

    /// Reads and understands the text of one of our own fds; nil when it cannot be read.
    mutating func read(_ fd: Int32) -> FDInfo? {
        guard let directory = directoryNumber else { return nil }
        do throws(Errno) {
            let file = try FileDescriptor.open(path.set(fd), at: directory, .read)
            let count = try file.read(into: buffer)
            // SAFETY: the kernel wrote `count` bytes into the buffer, which outlives the span.
            let bytes = UnsafeBufferPointer(rebasing: buffer.bindMemory(to: UInt8.self)[..<count])
            return FDInfo.parse(Span(_unsafeElements: bytes), isWhole: count < buffer.count, for: source)
        } catch {
            return nil
        }
    }
}
