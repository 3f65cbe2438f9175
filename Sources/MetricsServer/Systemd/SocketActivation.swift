internal import Glibc
public import LinuxSystem

/// Sockets that systemd has opened for us (sd_listen_fds(3)).
public enum SocketActivation {
    /// The sockets, listening, each closed on exec from now on; empty when there are none, or they are another
    /// process's. The variables are unset, so that no child takes them for its own.
    ///
    /// Call it once, before threads exist: the environment is the whole process's.
    public static func take() throws(SocketActivationError) -> [Int32] {
        defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
        return try sockets(environment: ProcessEnvironment.value)
    }

    /// What the variables promise, looked at.
    static func sockets(
        environment: (String) -> String?, first: Int32 = 3
    ) throws(SocketActivationError) -> [Int32] {
        guard let owner = environment("LISTEN_PID"), let countText = environment("LISTEN_FDS") else { return [] }
        guard let pid = Int32(owner) else { throw .unreadable(variable: "LISTEN_PID", value: owner) }
        guard pid == getpid() else { return [] }
        // What a process may have open is a few thousands; a larger number would run for long.
        guard let count = Int32(countText), (0...1024).contains(count) else {
            throw .unreadable(variable: "LISTEN_FDS", value: countText)
        }
        let sockets = Array(first..<(first + count))
        for socket in sockets { try check(socket) }
        return sockets
    }

    private static func check(_ socket: Int32) throws(SocketActivationError) {
        let flags = fcntl(socket, F_GETFD, 0)
        guard flags >= 0, fcntl(socket, F_SETFD, flags | FD_CLOEXEC) == 0 else {
            throw .unusable(descriptor: socket, Errno(rawValue: errno))
        }
        guard try option(SO_TYPE, of: socket) == Int32(SOCK_STREAM.rawValue),
            try option(SO_ACCEPTCONN, of: socket) == 1
        else { throw .notListening(descriptor: socket) }
    }

    private static func option(_ name: Int32, of socket: Int32) throws(SocketActivationError) -> Int32 {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 else {
            throw .unusable(descriptor: socket, Errno(rawValue: errno))
        }
        return value
    }
}

/// Why the sockets that the environment promises cannot be had.
public enum SocketActivationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A variable holds no number.
    case unreadable(variable: String, value: String)
    /// There is no such descriptor, or it is no socket.
    case unusable(descriptor: Int32, Errno)
    /// A socket that takes no connections.
    case notListening(descriptor: Int32)

    /// What is wrong, and where to look.
    public var description: String {
        switch self {
        case .unreadable(let variable, let value):
            "\(variable) is '\(value)', which systemd would not write: see who starts this program"
        case .unusable(let descriptor, let errno):
            "the environment promises a socket as descriptor \(descriptor): \(errno)"
        case .notListening(let descriptor):
            "descriptor \(descriptor) is no listening stream socket: the socket unit needs ListenStream= and Accept=no"
        }
    }
}
