internal import Glibc
public import Logging
public import NIOCore
internal import NIOPosix
public import ServiceLifecycle

/// Serves a site over HTTP/1.1, with TLS and passwords if a web config file says so.
///
/// One thread does all input and output; replies are made by tasks. `bind()` first, so that what is wrong with the
/// configuration is known before anything else starts; then `run()`, until it is told to stop.
public actor MetricsServer: Service {
    private let configuration: ServerConfiguration
    private let site: any HTTPSite
    private let logger: Logger
    private let webConfig: WebConfigKeeper?
    /// systemd's sockets, until they are adopted or closed.
    private var inheritedSockets: ArraySlice<Int32>
    /// One attempt, whoever asks for it meanwhile.
    private var binding: Task<Listening, any Error>?

    private struct Listening {
        let group: MultiThreadedEventLoopGroup
        let table: NIOLoopBound<ConnectionTable>
        let wayBack: WayBack
        var sockets: [any Channel]
    }

    /// A server that does nothing yet.
    public init(configuration: ServerConfiguration, site: any HTTPSite, logger: Logger) {
        self.configuration = configuration
        inheritedSockets = configuration.inheritedSockets[...]
        self.site = site
        self.logger = logger
        webConfig = configuration.webConfigFile.map {
            WebConfigKeeper(file: $0, waitingPasswords: configuration.limits.waitingPasswords, logger: logger)
        }
    }

    /// Reads the web config and begins to listen. After it, `run()` has to be called: it ends what begins here.
    ///
    /// - Returns: The addresses listened at, with the ports the kernel chose.
    /// - Throws: `WebConfigError` or `ListenError`; then nothing is left open, inherited sockets included.
    @discardableResult
    public func bind() async throws -> [SocketAddress] {
        try await listening().sockets.compactMap(\.localAddress)
    }

    private func listening() async throws -> Listening {
        let binding = binding ?? Task { try await listen() }
        self.binding = binding
        do {
            return try await binding.value
        } catch {
            if self.binding == binding { self.binding = nil }
            throw error
        }
    }

    private func listen() async throws -> Listening {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let log = QuietLog(logger: logger)
        let limits = limitsWithinDescriptors()
        let loop = group.next()
        let table = try await loop.submit {
            NIOLoopBound(ConnectionTable(eventLoop: loop, limits: limits, log: log), eventLoop: loop)
        }.get()
        let responder = Responder(
            site: site, webConfig: webConfig, compressionLevel: configuration.compressionLevel, log: log)
        let listener = Listener(group: group, table: table, responder: responder, limits: limits)
        var new = Listening(group: group, table: table, wayBack: responder.wayBack, sockets: [])
        do {
            try await webConfig?.start()
            // Adopting is NIO's from the attempt on, with success or without.
            while let socket = inheritedSockets.popFirst() { new.sockets.append(try await listener.adopt(socket)) }
            for address in configuration.listenAddresses { new.sockets.append(try await listener.bind(address)) }
        } catch {
            while let socket = inheritedSockets.popFirst() { close(socket) }
            await end(new)
            throw error
        }
        return new
    }

    /// Whether it speaks TLS at present.
    public var usesTLS: Bool {
        get async { await webConfig?.current().tls != nil }
    }

    /// Serves until the task is cancelled or shut down gracefully: then nothing new is accepted, replies in the making
    /// go out, and idle connections close.
    ///
    /// - Throws: `WebConfigError` or `ListenError` when it was not bound and cannot be; an `IOError` when a listening
    ///   socket fails.
    public func run() async throws {
        let listening = try await self.listening()
        let failure = await withTaskGroup(of: (any Error)?.self) { group in
            // Cancellation is as good a reason to end as any.
            group.addTask {
                try? await gracefulShutdown()
                return nil
            }
            for socket in listening.sockets {
                group.addTask {
                    do { try await socket.closeFuture.get() } catch { return error }
                    return ChannelError.eof
                }
            }
            let first = await group.next() ?? nil
            // The others end when the sockets close.
            group.cancelAll()
            for socket in listening.sockets { socket.close(promise: nil) }
            return first
        }
        binding = nil
        await end(listening)
        if let failure { throw failure }
    }

    /// Reads the web config again; passwords that were right have to be shown again.
    ///
    /// - Throws: `WebConfigError`; the old one stays in force then.
    public func reload() async throws {
        try await webConfig?.reload()
    }

    /// The limits, with no more connections than half of the descriptors this process may have, and some left over:
    /// without a free one, neither a connection can be accepted to see that it is one too many, nor the site do its
    /// work.
    private func limitsWithinDescriptors() -> ServerLimits {
        var limits = configuration.limits
        var allowed = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &allowed) == 0 else { return limits }
        let all = Int(clamping: allowed.rlim_cur)
        let most = max(1, min(all / 2, all - Self.ownDescriptors))
        if most < limits.connections {
            logger.warning(
                "fewer connections are taken than configured: they are half of the file descriptors at most, and leave 32",
                metadata: ["connections": "\(most)", "configured": "\(limits.connections)"])
            limits.connections = most
        }
        return limits
    }

    /// More than the daemon has open by itself while it collects.
    private static let ownDescriptors = 32

    private func end(_ listening: Listening) async {
        for socket in listening.sockets { try? await socket.close() }
        let table = listening.table
        try? await listening.group.next().flatSubmit { table.value.stop() }.get()
        await webConfig?.stop()
        listening.wayBack.shut()
        try? await listening.group.shutdownGracefully()
    }
}
