internal import CLinux
internal import Glibc

/// The calls by which files are looked at: the kernel's own, or a recording's answers to them.
///
/// Descriptors are real in either case, so that they are read and closed as such.
package protocol FileCalls: Sendable {
    /// Opens `path` relative to `directory` (the working directory when it is nil).
    func open(
        _ path: UnsafePointer<CChar>, at directory: Int32?, _ mode: FileDescriptor.Mode, followLinks: Bool,
        crossMounts: Bool
    ) throws(Errno) -> FileDescriptor

    /// Fills the buffer with whole records of `getdents64(2)`; 0 at the end.
    func list(_ directory: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int

    /// `stat(2)` of a path relative to `directory`.
    func status(
        of path: UnsafePointer<CChar>, at directory: Int32?, followLinks: Bool
    ) throws(Errno) -> FileStatus

    /// `fstat(2)`.
    func status(of descriptor: Int32) throws(Errno) -> FileStatus

    /// `readlink(2)` of a path relative to `directory`: the number of bytes written.
    func readLink(
        _ path: UnsafePointer<CChar>, at directory: Int32?, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int

    /// The magic number of the file system (`statfs(2)`).
    func fileSystem(of descriptor: Int32) throws(Errno) -> FileSystemType
}

extension FileCalls {
    /// Opens an absolute path.
    package func open(_ path: UnsafePointer<CChar>, _ mode: FileDescriptor.Mode) throws(Errno) -> FileDescriptor {
        try open(path, at: nil, mode, followLinks: true, crossMounts: true)
    }

    /// Opens a path below a directory.
    package func open(
        _ path: UnsafePointer<CChar>, at directory: Int32?, _ mode: FileDescriptor.Mode
    ) throws(Errno) -> FileDescriptor {
        try open(path, at: directory, mode, followLinks: true, crossMounts: true)
    }

    /// `stat(2)`.
    package func status(of path: UnsafePointer<CChar>, at directory: Int32? = nil) throws(Errno) -> FileStatus {
        try status(of: path, at: directory, followLinks: true)
    }
}

/// The files of this host.
package struct LiveFiles: FileCalls {
    package init() {}

    package func open(
        _ path: UnsafePointer<CChar>, at directory: Int32?, _ mode: FileDescriptor.Mode, followLinks: Bool,
        crossMounts: Bool
    ) throws(Errno) -> FileDescriptor {
        try FileDescriptor.open(path, at: directory, mode, followLinks: followLinks, crossMounts: crossMounts)
    }

    package func list(_ directory: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try Errno.check(clinux_getdents64(directory, buffer.baseAddress, buffer.count))
    }

    package func status(
        of path: UnsafePointer<CChar>, at directory: Int32?, followLinks: Bool
    ) throws(Errno) -> FileStatus {
        try FileStatus.of(path, at: directory, followLinks: followLinks)
    }

    package func status(of descriptor: Int32) throws(Errno) -> FileStatus {
        try FileStatus.of(descriptor)
    }

    package func readLink(
        _ path: UnsafePointer<CChar>, at directory: Int32?, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        try Errno.check(
            clinux_readlinkat(
                directory ?? AT_FDCWD, path, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count))
    }

    package func fileSystem(of descriptor: Int32) throws(Errno) -> FileSystemType {
        FileSystemType(rawValue: UInt32(truncatingIfNeeded: try Errno.check(Int(clinux_fs_magic(descriptor)))))
    }
}
