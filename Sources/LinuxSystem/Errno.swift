internal import CLinux
internal import Glibc

/// An error number of a system call, with the kernel's own name for it.
///
/// Used with typed throws, so that it costs no allocation on the paths where a refusal or a
/// vanished object is an everyday answer.
public struct Errno: Error, Equatable, Hashable, Sendable, RawRepresentable {
    /// The number, positive.
    public let rawValue: Int32

    /// Wraps an error number.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Operation not permitted.
    public static let notPermitted = Errno(rawValue: EPERM)
    /// Permission denied.
    public static let accessDenied = Errno(rawValue: EACCES)
    /// No such file, directory, id.
    public static let notFound = Errno(rawValue: ENOENT)
    /// No such process.
    public static let noSuchProcess = Errno(rawValue: ESRCH)
    /// Try again.
    public static let tryAgain = Errno(rawValue: EAGAIN)
    /// Bad file descriptor.
    public static let badDescriptor = Errno(rawValue: EBADF)
    /// Invalid argument.
    public static let invalidArgument = Errno(rawValue: EINVAL)
    /// Not a directory.
    public static let notDirectory = Errno(rawValue: ENOTDIR)
    /// Another file system is in the way.
    public static let crossesDevices = Errno(rawValue: EXDEV)
    /// Read-only file system.
    public static let readOnlyFileSystem = Errno(rawValue: EROFS)
    /// Function not implemented by this kernel.
    public static let notImplemented = Errno(rawValue: ENOSYS)
    /// There is no such fact.
    package static let noData = Errno(rawValue: ENODATA)
    /// File too large.
    package static let fileTooLarge = Errno(rawValue: EFBIG)
    /// Too many symbolic links, or one that was not to be followed.
    public static let symbolicLinkLoop = Errno(rawValue: ELOOP)

    /// The kernel refused for want of a right.
    public var isRefusal: Bool { self == .notPermitted || self == .accessDenied }

    /// The object went away between two calls, which is normal on a live host.
    public var isVanished: Bool { self == .notFound || self == .noSuchProcess }
}

extension Errno: CustomStringConvertible {
    /// The symbolic name, such as `EPERM`, or `errno 1234` for a number without one.
    public var description: String {
        // SAFETY: the C library answers a constant string or NULL.
        guard let name = clinux_errno_name(rawValue) else { return "errno \(rawValue)" }
        return String(cString: name)
    }
}

extension Errno {
    /// Turns the C shim's convention (a negative errno is a failure) into a value or a throw.
    package static func check(_ result: Int32) throws(Errno) -> Int32 {
        guard result >= 0 else { throw Errno(rawValue: -result) }
        return result
    }

    /// Turns the C shim's convention (a negative errno is a failure) into a value or a throw.
    package static func check(_ result: Int) throws(Errno) -> Int {
        guard result >= 0 else { throw Errno(rawValue: Int32(truncatingIfNeeded: -result)) }
        return result
    }

    /// The calling thread's last error.
    package static var last: Errno { Errno(rawValue: errno) }
}
