internal import CLinux
internal import Glibc

/// A file descriptor that this value owns: it is closed when the value's life ends.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes ownership of an open descriptor.
    package init(owning number: Int32) {
        self.number = number
    }

    deinit {
        _ = close(number)
    }

    /// How a path is opened. Always close-on-exec, never for writing.
    package enum Mode {
        case read
        case directory
        /// A handle that runs no `open` of the file system: the only safe way to hold a bpffs pin.
        case path

        fileprivate var flags: UInt32 {
            switch self {
            case .read: CLINUX_OPEN_READ.rawValue
            case .directory: CLINUX_OPEN_DIRECTORY.rawValue
            case .path: CLINUX_OPEN_PATH.rawValue | CLINUX_OPEN_NOFOLLOW.rawValue
            }
        }
    }

    /// Opens `path` relative to `directory` (the working directory when it is nil).
    package static func open(
        _ path: UnsafePointer<CChar>, at directory: Int32? = nil, _ mode: Mode, followLinks: Bool = true,
        crossMounts: Bool = true
    ) throws(Errno) -> FileDescriptor {
        var flags = mode.flags
        if !followLinks { flags |= CLINUX_OPEN_NOFOLLOW.rawValue }
        if !crossMounts { flags |= CLINUX_OPEN_NO_XDEV.rawValue }
        return FileDescriptor(owning: try Errno.check(clinux_openat(directory ?? AT_FDCWD, path, flags)))
    }

    /// Opens a regular file below a directory. No symbolic link is followed on the way, and no `..`; a pipe or device is
    /// refused with EINVAL.
    package static func openRegular(
        _ path: String, beneath directory: borrowing FileDescriptor
    ) throws(Errno) -> FileDescriptor {
        let file = FileDescriptor(owning: try Errno.check(clinux_open_beneath(directory.number, path)))
        guard try FileStatus.of(file.number).isRegularFile else { throw Errno.invalidArgument }
        return file
    }

    /// Reads once, at most as much as `buffer` holds.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try Errno.check(clinux_read(number, buffer.baseAddress, buffer.count))
    }

    /// Reads once from the beginning, at most as much as `buffer` holds; the offset stays as it is.
    package func readFromBeginning(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try Errno.check(clinux_pread(number, buffer.baseAddress, buffer.count))
    }

    /// Goes to an offset from the beginning, where the next read begins.
    package func seek(to offset: Int) throws(Errno) {
        guard lseek(number, off_t(offset), SEEK_SET) >= 0 else { throw Errno.last }
    }

    /// A file in memory with these contents, to be read from its beginning.
    package static func holding(_ bytes: [UInt8]) throws(Errno) -> FileDescriptor {
        let file = FileDescriptor(owning: try Errno.check(clinux_memory_file()))
        try file.writeAll(bytes)
        return file
    }

    /// Writes from the beginning of the file, without moving its offset.
    package func writeAll(_ bytes: [UInt8]) throws(Errno) {
        _ = try Errno.check(bytes.withUnsafeBytes { clinux_pwrite(number, $0.baseAddress, $0.count) })
    }
}

/// The few facts of `stat(2)` that are used here.
package struct FileStatus: Sendable, Equatable {
    package let device: UInt64
    package let inode: UInt64
    package let mode: UInt32
    package let owner: UInt32
    package let group: UInt32
    package let size: Int64
    package let linkCount: UInt64
    /// When the contents changed last, in nanoseconds since 1970.
    package let modified: Int64

    fileprivate init(_ raw: stat) {
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        mode = raw.st_mode
        owner = raw.st_uid
        group = raw.st_gid
        size = Int64(raw.st_size)
        linkCount = UInt64(raw.st_nlink)
        modified = Int64(raw.st_mtim.tv_sec) * 1_000_000_000 + Int64(raw.st_mtim.tv_nsec)
    }

    /// What a recording knows of a status.
    package init(
        device: UInt64, inode: UInt64, mode: UInt32, owner: UInt32, group: UInt32, size: Int64, linkCount: UInt64
    ) {
        self.device = device
        self.inode = inode
        self.mode = mode
        self.owner = owner
        self.group = group
        self.size = size
        self.linkCount = linkCount
        modified = 0
    }

    /// The device as mountinfo writes it, `major:minor`.
    package var deviceName: String {
        let major = (device >> 32 & 0xFFFF_F000) | (device >> 8 & 0xFFF)
        let minor = (device >> 12 & 0xFFFF_FF00) | (device & 0xFF)
        return "\(major):\(minor)"
    }

    package var isRegularFile: Bool { mode & S_IFMT == S_IFREG }

    /// `stat(2)` of a path relative to `directory`.
    package static func of(
        _ path: UnsafePointer<CChar>, at directory: Int32? = nil, followLinks: Bool = true
    ) throws(Errno) -> FileStatus {
        var raw = stat()
        let flags = followLinks ? 0 : AT_SYMLINK_NOFOLLOW
        guard fstatat(directory ?? AT_FDCWD, path, &raw, flags) == 0 else { throw Errno.last }
        return FileStatus(raw)
    }

    /// `fstat(2)`.
    package static func of(_ descriptor: Int32) throws(Errno) -> FileStatus {
        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else { throw Errno.last }
        return FileStatus(raw)
    }
}

/// The kind of a mounted file system.
package struct FileSystemType: Sendable, Equatable, RawRepresentable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let procfs = FileSystemType(rawValue: CLINUX_PROC_MAGIC)
    package static let sysfs = FileSystemType(rawValue: CLINUX_SYSFS_MAGIC)
    package static let bpffs = FileSystemType(rawValue: CLINUX_BPFFS_MAGIC)
}
