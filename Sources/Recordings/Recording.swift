package import KernelObjects
package import KernelSources
package import LinuxSystem

/// What a host answered to everything that the probe and the sources ask.
package struct Recording: Sendable {
    /// The format's version: a later program reads it, or says that it cannot.
    package static let format: UInt64 = 1

    /// Who recorded, when, and as whom.
    package var about: About
    /// What was looked at by path. Paths are absolute, as they were asked for.
    package var files: [RecordedPath: RecordedFile] = [:]
    /// Programs by id.
    package var programs: [ObjectID: RecordedObject<ProgramInfo>] = [:]
    /// Maps by id.
    package var maps: [ObjectID: RecordedObject<BPFMap>] = [:]
    /// Links by id.
    package var links: [ObjectID: RecordedObject<BPFLink>] = [:]
    /// The names of programs' main functions, where they were asked for.
    package var functionNames: [ObjectID: Result<String, Errno>] = [:]
    /// The maps of each program, as many as it named.
    package var mapIDs: [ObjectID: [ObjectID]] = [:]
    /// What `NEXT_ID` was refused with, by kind.
    package var refusedWalks: [ObjectKind: Errno] = [:]
    /// What came of copying other processes' fds.
    package var copies: [Copy: Result<Opened, Errno>] = [:]
    /// Which threads share an fd table with another.
    package var sharing: [Pair: Result<Bool, Errno>] = [:]

    package init(about: About) {
        self.about = about
    }

    /// A line for whoever made it.
    package var summary: String {
        let pins = files.values.filter { $0.pinForReading != nil || $0.pinForWriting != nil }.count
        return
            "\(programs.count) programs, \(maps.count) maps, \(links.count) links, \(pins) pins, \(files.count) paths"
    }

    /// The facts that are no file and no object.
    package struct About: Sendable {
        /// The program that recorded.
        package var program: String
        /// When, in seconds since 1970.
        package var recordedAt: UInt64
        /// Whether names and paths were taken out.
        package var isRedacted = false
        /// Where things were looked for.
        package var paths: HostPaths
        /// Whether fds were copied, and whether a link's fdinfo was read whatever the kernel.
        package var usesPidfdGetfd = true
        package var allowsUnsafeLinkFDInfo = false
        /// The process that recorded.
        package var process: OwnProcess
        /// Whether the program had libbpf.
        package var hasLibbpf: Bool
        /// What the trials of system calls answered, and whether in a child.
        package var trials: [SystemCallTrial: Int32] = [:]
        /// What the kernel's BTF said of kprobe_multi links; nil when it was not asked, or could not be read.
        package var kprobeMultiBTF: KprobeMultiBTF?

        package init(
            program: String, recordedAt: UInt64, paths: HostPaths, process: OwnProcess, hasLibbpf: Bool
        ) {
            self.program = program
            self.recordedAt = recordedAt
            self.paths = paths
            self.process = process
            self.hasLibbpf = hasLibbpf
        }
    }

    /// An fd of a process, or of a thread with an fd table of its own. No fd: the handle of the process itself.
    package struct Copy: Hashable, Sendable {
        package var owner: Int32
        package var isThread: Bool
        package var fd: Int32?

        package init(owner: Int32, isThread: Bool, fd: Int32?) {
            self.owner = owner
            self.isThread = isThread
            self.fd = fd
        }
    }

    /// Two threads.
    package struct Pair: Hashable, Sendable {
        package var first: Int32
        package var second: Int32
    }
}

/// What an fd turned out to be, as far as was asked.
package struct Opened: Sendable, Equatable {
    /// The kind, as its link said; nil when it is no object.
    package var kind: ObjectKind?
    /// The id, once the record or the text told it.
    package var id: ObjectID?
    /// What the record was refused with.
    package var refusal: Errno?

    package init(kind: ObjectKind?, id: ObjectID? = nil, refusal: Errno? = nil) {
        self.kind = kind
        self.id = id
        self.refusal = refusal
    }

    var key: ObjectKey? {
        guard let kind, let id else { return nil }
        return ObjectKey(kind, id)
    }
}

/// What bpf(2) said of an object.
package struct RecordedObject<Info: Sendable>: Sendable {
    /// What opening it by its id was refused with; nil when it was opened, or not tried.
    package var refusal: Errno?
    /// Its record.
    package var info: Result<Info, Errno>?
    /// The fdinfo of our own fd of it.
    package var text: [UInt8]?

    package init() {}
}

/// An absolute path: any bytes but NUL.
package struct RecordedPath: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// A C string, relative to a directory if it does not begin with a slash. `..` leads to the path above.
    init(_ path: UnsafePointer<CChar>, at directory: RecordedPath?) {
        var bytes: [UInt8] = []
        var index = 0
        // SAFETY: stops at the terminating NUL.
        while path[index] != 0 {
            bytes.append(UInt8(bitPattern: path[index]))
            index += 1
        }
        if bytes.first != Self.slash, let directory {
            self = bytes == Array("..".utf8) ? directory.parent : directory.appending(bytes)
        } else {
            self.init(bytes)
        }
    }

    func appending(_ name: some Sequence<UInt8>) -> RecordedPath {
        RecordedPath(bytes + [Self.slash] + name)
    }

    /// The path above.
    var parent: RecordedPath {
        guard let slash = bytes.lastIndex(of: Self.slash) else { return self }
        return RecordedPath(Array(bytes[..<slash]))
    }

    /// The last component.
    var name: ArraySlice<UInt8> {
        bytes[(bytes.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0)...]
    }

    /// What stands behind `prefix` and a slash, in its components; nil for a path that is not below it.
    func components(below prefix: String) -> [ArraySlice<UInt8>]? {
        let start = Array(prefix.utf8)
        guard bytes.count > start.count + 1, bytes.starts(with: start), bytes[start.count] == Self.slash else {
            return nil
        }
        return bytes[(start.count + 1)...].split(separator: Self.slash)
    }

    private static let slash = UInt8(ascii: "/")
}

extension RecordedPath: CustomStringConvertible {
    package var description: String { EscapedBytes.text(bytes) }
}

/// What was learnt of a path. What was not asked is nil.
package struct RecordedFile: Sendable {
    /// `stat(2)`, following links.
    package var status: Result<FileStatus, Errno>?
    /// The contents.
    package var contents: Result<Contents, Errno>?
    /// The entries of a directory, in their order.
    package var entries: Result<[Entry], Errno>?
    /// What an `O_PATH` handle was refused with, if it was.
    package var handle: Result<Bool, Errno>?
    /// The text of a symbolic link.
    package var target: Result<[UInt8], Errno>?
    /// The magic number of the file system.
    package var fileSystem: Result<UInt32, Errno>?
    /// What opening it as a pin gave: for reading, and for reading and writing.
    package var pinForReading: Result<Opened, Errno>?
    package var pinForWriting: Result<Opened, Errno>?

    package init() {}

    /// Contents, or that they are not ours to keep.
    package enum Contents: Sendable, Equatable {
        case bytes([UInt8])
        /// An fdinfo of something that is no BPF object: of these only that they exist is recorded.
        case notBPF
        /// The same bytes as another path's.
        case same(RecordedPath)
    }

    /// One entry of a directory.
    package struct Entry: Sendable, Equatable {
        package var name: [UInt8]
        package var type: DirectoryReader.FileType

        package init(name: [UInt8], type: DirectoryReader.FileType) {
            self.name = name
            self.type = type
        }
    }
}
