public import Foundation
import Glibc
import Synchronization

/// A program that runs until it is told to stop. It is reaped in any case, at the latest with this value.
public final class BackgroundProgram: Sendable {
    /// Its process id.
    public let pid: pid_t
    private let log: URL
    private let name: String
    /// How it ended, once it was reaped.
    private let end = Mutex<Int32?>(nil)

    /// Starts a program; what it prints goes into a file.
    ///
    /// Foundation would start it with the signals of this thread, on which they may all be blocked: no program could
    /// be told to stop.
    public init(_ program: Program, environment: [String: String] = [:], log: URL) throws {
        self.log = log
        name = program.words.joined(separator: " ")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        // Or it would hold open the input of a workload, which waits for its end.
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            if let fd = Int32(name), fd > STDERR_FILENO { posix_spawn_file_actions_addclose(&actions, fd) }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var child: pid_t = 0
        let error = Self.withCStrings(program.words) { arguments in
            Self.withCStrings(variables) { posix_spawn(&child, program.words[0], &actions, &attributes, arguments, $0) }
        }
        pid = child
        guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EINVAL) }
    }

    private static func withCStrings<Value>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        let copies = texts.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        // SAFETY: an array of at least one element has a base address.
        return copies.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
    }

    deinit { stop(signal: SIGKILL) }

    /// Whether it still runs.
    public var isRunning: Bool {
        end.withLock { end in
            var status: Int32 = 0
            if end == nil, waitpid(pid, &status, WNOHANG) == pid { end = status }
            return end == nil
        }
    }

    /// Everything that it printed.
    public var text: String { (try? String(decoding: Data(contentsOf: log), as: UTF8.self)) ?? "" }

    /// What is wrong, with the end of what the program printed.
    public struct Failure: Error, CustomStringConvertible {
        /// It in words.
        public let description: String

        /// An error in words.
        public init(description: String) { self.description = description }
    }

    /// An error that shows the end of what it printed.
    public func failure(_ what: String) -> Failure {
        Failure(description: "\(name): \(what)\n" + text.split(separator: "\n").suffix(20).joined(separator: "\n"))
    }

    /// Waits until `find` finds something in what it printed.
    public func wait<Value>(for what: String, _ find: (String) throws -> Value?) throws -> Value {
        try patiently("\(name) \(what)", orFail: failure) {
            if let value = try find(text) { return value }
            if !isRunning { throw failure("ended before it \(what)") }
            return nil
        }
    }

    /// Sends a signal.
    public func send(_ signal: Int32) { if isRunning { kill(pid, signal) } }

    /// Ends it, by force when it does not go within ten seconds; the exit status, negative for a signal.
    @discardableResult
    public func stop(signal: Int32 = SIGTERM) -> Int32 {
        send(signal)
        let deadline = Date(timeIntervalSinceNow: 10)
        while isRunning {
            if Date() > deadline { send(SIGKILL) }
            usleep(20_000)
        }
        let status = end.withLock { $0 ?? 0 }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
    }
}

/// Asks again and again, for at most two minutes; long, as a slow machine is no failure.
public func patiently<Value>(
    _ what: String, orFail failure: (String) -> any Error = { BackgroundProgram.Failure(description: $0) },
    _ attempt: () throws -> Value?
) throws -> Value {
    let deadline = Date(timeIntervalSinceNow: 120)
    while Date() < deadline {
        if let value = try attempt() { return value }
        usleep(100_000)
    }
    throw failure("waited for two minutes: \(what)")
}

/// A folder for a while.
public struct ScratchFolder: Sendable {
    /// Where it is.
    public let url: URL

    /// Makes one that everybody may enter, lends it, and takes it away.
    public static func with<Value>(_ body: (ScratchFolder) throws -> Value) throws -> Value {
        let url = FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        chmod(url.path, 0o755)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(ScratchFolder(url: url))
    }

    /// A path inside.
    public func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes a file into it; its path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: url.appending(path: name))
        return path(name)
    }
}
