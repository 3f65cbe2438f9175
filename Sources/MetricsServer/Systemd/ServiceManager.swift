internal import Glibc
public import LinuxSystem

/// The service manager, to which a daemon tells how it is (sd_notify(3)).
public struct ServiceManager: Sendable {
    /// How often it wants to hear `watchdog`, at the least: half of it is a good pace. nil when it does not.
    public let watchdogInterval: Duration?
    private let address: SocketPath

    /// What can be told.
    public enum Notice: Sendable, Equatable {
        /// Started, or done with reloading.
        case ready
        /// Reloading begins; `ready` ends it.
        case reloading
        /// Stopping begins.
        case stopping
        /// Alive.
        case watchdog
        /// A line for `systemctl status`.
        case status(String)
    }

    /// The manager that the environment names; nil when there is none, or it is named in a way not understood here.
    public init?() {
        self.init(environment: ProcessEnvironment.value)
    }

    init?(environment: (String) -> String?) {
        guard let address = environment("NOTIFY_SOCKET").flatMap(SocketPath.init) else { return nil }
        self.address = address
        let isForUs = environment("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        watchdogInterval =
            isForUs
            ? environment("WATCHDOG_USEC").flatMap { Int64($0) }.flatMap { $0 > 0 ? .microseconds($0) : nil } : nil
    }

    /// Tells the manager, in one datagram. It never waits: a full queue is `EAGAIN`.
    public func notify(_ notices: Notice...) throws(Errno) {
        let text = notices.map(Self.text).joined(separator: "\n")
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        let file = FileDescriptor(owning: number)
        let sent = address.withSockaddr { address, length in
            // MSG_NOSIGNAL is for streams; a datagram without a reader is ECONNREFUSED.
            sendto(file.number, text, text.utf8.count, Int32(MSG_DONTWAIT), address, length)
        }
        guard sent == text.utf8.count else { throw Errno(rawValue: errno) }
    }

    private static func text(_ notice: Notice) -> String {
        switch notice {
        case .ready: "READY=1"
        // systemd 253 wants to know when it began, to tell a late message from a new one.
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.now.nanoseconds / 1000)"
        case .stopping: "STOPPING=1"
        case .watchdog: "WATCHDOG=1"
        // A second line would be another variable.
        case .status(let line): "STATUS=" + line.map { $0.isNewline ? " " : String($0) }.joined()
        }
    }
}

/// The address of a unix socket: a path, or an abstract name, written with `@`.
private struct SocketPath: Sendable {
    private let bytes: [UInt8]
    private let isAbstract: Bool

    /// nil for what is neither, or too long for the kernel.
    init?(_ text: String) {
        isAbstract = text.hasPrefix("@")
        guard isAbstract || text.hasPrefix("/") else { return nil }
        // The kernel marks an abstract name by a NUL in front, and ends a path with one.
        bytes = isAbstract ? [0] + text.utf8.dropFirst() : text.utf8 + [0]
        guard bytes.count > 1, bytes.count <= MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
    }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        // SAFETY: a sockaddr_un is what a sockaddr of AF_UNIX is; the kernel reads `length` bytes of it.
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
