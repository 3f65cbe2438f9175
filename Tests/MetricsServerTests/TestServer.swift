import Foundation
import Logging
import MetricsServer
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization

/// A site with a page for each thing to be seen.
struct StubSite: HTTPSite {
    /// Opens when a test says so: `/gated` answers then.
    let gate = Gate()
    let large = HTTPBody("text/plain", text: String(repeating: "a line of a large page\n", count: 500))
    /// 16 MiB: more than the kernel takes for a client that does not read.
    static let huge = HTTPBody("application/octet-stream", ByteBuffer(repeating: 0x78, count: 16 << 20))

    func reply(to request: HTTPRequest) async -> HTTPReply {
        switch request.path {
        case "/": .text(.ok, "welcome")
        case "/large": HTTPReply(.ok, large)
        case "/huge": HTTPReply(.ok, Self.huge)
        case "/who": .text(.ok, "\(request.user ?? "nobody") \(request.isLocal ? "here" : "elsewhere")")
        case "/gated": await gatedReply()
        case "/header": .text(.ok, "x", headers: ["Cache-Control": "no-store"])
        default: .text(.notFound, "nothing at \(request.path)")
        }
    }

    private func gatedReply() async -> HTTPReply {
        await gate.enter()
        return .text(.ok, "through the gate")
    }
}

/// Lets nobody through until it is opened, and tells when somebody stands before it.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        if isOpen { return }
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            for watcher in watchers { watcher.resume() }
            watchers = []
        }
    }

    func waitForSomebody() async {
        if !waiting.isEmpty { return }
        await withCheckedContinuation { watchers.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

/// A server as a test sees it.
struct TestServer: Sendable {
    let server: MetricsServer
    let port: Int
    let site: StubSite
    let log: TestLog
    private let running: Task<Void, any Error>
    private let group: ServiceGroup

    /// Runs a server on a port of this host, lends it, and ends it gracefully.
    static func with<Value: Sendable>(
        webConfig: String? = nil, _ adjust: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (TestServer) async throws -> Value
    ) async throws -> Value {
        let site = StubSite()
        let log = TestLog()
        var configuration = ServerConfiguration(
            listenAddresses: [ListenAddress(host: "127.0.0.1", port: 0)], webConfigFile: webConfig)
        // On a busy machine a test may be slower than any client that is worth waiting for. What is about a limit sets it.
        configuration.limits.requestTimeout = .seconds(600)
        configuration.limits.writeTimeout = .seconds(600)
        adjust(&configuration)
        let server = MetricsServer(configuration: configuration, site: site, logger: log.logger)
        let addresses = try await server.bind()
        let group = ServiceGroup(services: [server], logger: log.logger)
        let running = Task { try await group.run() }
        let lent = TestServer(
            server: server, port: addresses.first?.port ?? 0, site: site, log: log, running: running, group: group)
        do {
            let value = try await body(lent)
            try await lent.stop()
            return value
        } catch {
            try? await lent.stop()
            throw error
        }
    }

    func connect(receiveBuffer: Int32? = nil) async throws -> TestClient {
        try await TestClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// One request on a connection of its own.
    func get(_ path: String, _ headers: [String] = []) async throws -> Reply {
        try await connect().get(path, headers)
    }

    /// Begins to end.
    func beginStop() async {
        await group.triggerGracefulShutdown()
    }

    /// Ends, and waits for the end.
    func stop() async throws {
        await group.triggerGracefulShutdown()
        try await running.value
    }
}

/// Keeps the lines of a log.
final class TestLog: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: TestLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            log.kept.withLock { $0.append("\(event.level): \(event.message)\(facts)") }
        }
    }
}

/// A folder for a test's files.
struct TestFolder {
    let path: String

    static func with<Value: Sendable>(_ body: (TestFolder) async throws -> Value) async throws -> Value {
        let path = FileManager.default.temporaryDirectory.appending(path: "metrics-server-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(TestFolder(path: path))
    }

    /// Writes a file in one step, and answers its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: file), options: .atomic)
        return file
    }
}
