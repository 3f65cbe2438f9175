import KernelObjects
import LinuxSystem

/// Our own `/proc/self/fdinfo`, by a directory that is kept open. Without a procfs, memory stays unknown.
struct OwnFDInfo: ~Copyable {
    private let reader: FDInfoReader
    private let directory: FileDescriptor?
    private let directoryNumber: Int32?
    /// The text that was read last, and of which fd. What it says is looked up when it is read, so it tells of whatever
    /// has that number by then. It keeps no object alive.
    private var text: FileDescriptor?
    private var textOf: Int32 = -1
    private var path = PathBuilder()

    init(for source: SourceKind, through files: any FileCalls) {
        reader = FDInfoReader(for: source, through: files)
        // Always the real one: under an injected procfs, "self" is somebody else or nobody.
        if let opened = try? files.open("/proc/self/fdinfo", .directory) {
            directoryNumber = opened.number
            directory = consume opened
        } else {
            directoryNumber = nil
            directory = nil
        }
    }

    /// Reads and understands the text of one of our own fds; nil when it cannot be read.
    mutating func read(_ fd: Int32) -> FDInfo? {
        guard let directory = directoryNumber else { return nil }
        return try? reader.read(path.set(fd), in: directory)
    }

    /// The same of an fd that is known to be this object; nil also when the text tells of another.
    ///
    /// Objects that are opened one after another get the same fd as a rule. Then the text need not be opened anew, which
    /// is most of the cost of a walk.
    mutating func read(_ fd: Int32, of object: ObjectKey) -> FDInfo? {
        if fd == textOf, let info = readKept(), info.key == object { return info }
        // In a recording a text stays as it was when it was opened.
        guard let info = readAndKeep(fd), info.key == object else { return nil }
        return info
    }

    /// The same of an fd of which it is not known what it is, on a live host.
    mutating func readLive(_ fd: Int32) -> FDInfo? {
        // One that is longer than usual has to be read from its beginning to its end.
        if fd == textOf, let info = readKept(), info != .malformed(.tooLong) { return info }
        return readAndKeep(fd)
    }

    private mutating func readAndKeep(_ fd: Int32) -> FDInfo? {
        guard let directory = directoryNumber, let opened = try? reader.open(path.set(fd), in: directory),
            let info = try? reader.read(opened)
        else { return nil }
        text = consume opened
        textOf = fd
        return info
    }

    private func readKept() -> FDInfo? {
        switch text {
        case .some(let file): try? reader.readAgain(file)
        case .none: nil
        }
    }
}

extension FDInfo {
    /// The program or map that it tells of.
    fileprivate var key: ObjectKey? {
        switch self {
        case .map(let map): ObjectKey(.map, map.id)
        case .program(let program): ObjectKey(.program, program.id)
        case .link, .btf, .other, .malformed: nil
        }
    }
}
