internal import Glibc
internal import LinuxSystem
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Opens listening sockets and makes connections of what they accept.
struct Listener: Sendable {
    let group: MultiThreadedEventLoopGroup
    let table: NIOLoopBound<ConnectionTable>
    let responder: Responder
    let limits: ServerLimits

    /// Listens at an address.
    func bind(_ address: ListenAddress) async throws -> any Channel {
        do {
            guard let host = address.host else { return try await bindAllInterfaces(port: address.port) }
            let resolved =
                try (try? SocketAddress(ipAddress: host, port: address.port))
                ?? SocketAddress.makeAddressResolvingHost(host, port: address.port)
            return try await bootstrap().bind(to: resolved).get()
        } catch {
            throw ListenError(place: address.description, cause: error)
        }
    }

    /// Takes over a socket that listens already.
    func adopt(_ socket: Int32) async throws -> any Channel {
        do {
            return try await bootstrap().withBoundSocket(socket).get()
        } catch {
            throw ListenError(place: "the inherited socket \(socket)", cause: error)
        }
    }

    /// One IPv6 socket takes IPv4 clients as well; where the kernel has no IPv6, an IPv4 one has to do.
    private func bindAllInterfaces(port: Int) async throws -> any Channel {
        do {
            return try await bootstrap()
                .serverChannelOption(ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 0)
                .bind(to: SocketAddress(ipAddress: "::", port: port)).get()
        } catch let error as IOError where [EAFNOSUPPORT, EADDRNOTAVAIL].contains(error.errnoCode) {
            return try await bootstrap().bind(to: SocketAddress(ipAddress: "0.0.0.0", port: port)).get()
        }
    }

    private func bootstrap() -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [table, responder] channel in
                channel.eventLoop.makeCompletedFuture {
                    // Without it, an accept that fails for want of descriptors would be tried again without a pause.
                    try channel.pipeline.syncOperations.addHandlers([
                        AcceptBackoffHandler { _ in .milliseconds(100) },
                        AcceptFailures(table: table.value, log: responder.log),
                    ])
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [table, responder, limits] channel in
                let loop = channel.eventLoop
                guard let webConfig = responder.webConfig else {
                    return loop.makeCompletedFuture {
                        try Self.addHandlers(to: channel, table.value, responder, limits, .open)
                    }
                }
                // Until the certificate in force is known, nothing is read of the connection.
                return loop.makeFutureWithTask { await webConfig.current() }.flatMapThrowing { web in
                    try Self.addHandlers(to: channel, table.value, responder, limits, web)
                }
            }
    }

    private static func addHandlers(
        to channel: any Channel, _ table: ConnectionTable, _ responder: Responder, _ limits: ServerLimits,
        _ web: WebState
    ) throws {
        var parserLimits = NIOHTTPDecoderLimitConfiguration()
        parserLimits.maxHeaderFieldSize = limits.headerBytes
        parserLimits.maxHeaderListSize = limits.headerBytes
        let connection = Connection(responder: responder, limits: limits, table: table, web: web)
        try web.tls?.addHandler(to: channel)
        try channel.pipeline.syncOperations.addHandlers([
            Arrivals(connection),
            HTTPResponseEncoder(),
            ByteToMessageHandler(
                HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: parserLimits)),
            HTTPServerPipelineHandler(),
            connection,
        ])
    }
}

/// Makes room and says so when connections cannot be accepted.
private final class AcceptFailures: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let table: ConnectionTable
    private let log: QuietLog

    init(table: ConnectionTable, log: QuietLog) {
        self.table = table
        self.log = log
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError {
            log.note(.accept, Errno(rawValue: error.errnoCode).description)
            if [EMFILE, ENFILE].contains(error.errnoCode) { table.closeLongestWaiting() }
        }
        context.fireErrorCaught(error)
    }
}
