internal import Glibc
public import LinuxSystem
internal import NIOCore

/// Why the server cannot listen.
public struct ListenError: Error, Sendable, CustomStringConvertible {
    /// Where it should.
    public let place: String
    /// The kernel's reason; nil when it never came to ask the kernel.
    public let errno: Errno?
    /// The reason in words, where there is no number.
    private let reason: String

    init(place: String, cause: any Error) {
        self.place = place
        errno = (cause as? IOError).map { Errno(rawValue: $0.errnoCode) }
        // NIO's own errors of name resolution; the C library's reasons are no better than this.
        reason = cause is SocketAddressError ? "the name has no address" : "\(cause)"
    }

    /// Where, why, and what to do.
    public var description: String {
        guard let errno else { return "cannot listen on \(place): \(reason)" }
        let advice =
            switch errno.rawValue {
            case EACCES: "; ports below 1024 need CAP_NET_BIND_SERVICE: grant it, or choose another port"
            case EADDRINUSE:
                "; something listens there already ('ss -ltnp' shows what): stop it, or choose another port"
            case EADDRNOTAVAIL: "; this host has no such address ('ip address' shows which it has)"
            case EMFILE: "; this process has no file descriptor left"
            default: ""
            }
        return "cannot listen on \(place): \(errno)\(advice)"
    }
}
