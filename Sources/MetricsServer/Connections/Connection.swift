internal import NIOCore
internal import NIOHTTP1

/// One connection: takes requests one at a time, has each answered off the event loop, and sends the reply.
///
/// `HTTPServerPipelineHandler` stands before it: it hands over a request only when the reply to the one before it has
/// been written, and reads nothing meanwhile. All of it runs on the event loop.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// What the connection waits for.
    enum Phase {
        /// The client: TLS, and the first byte of the first request.
        case opening
        /// The client: the next request.
        case idle
        /// The client: the rest of a request.
        case receiving
        /// The site.
        case answering
        /// The client: to take the reply.
        case sending
        /// The client: to see that the connection has ended.
        case closing
    }

    private let responder: Responder
    private let limits: ServerLimits
    private let table: ConnectionTable
    private let tls: ServerTLS?
    /// Those of the web config that was in force when the connection was made, for replies that no site makes.
    private let headers: [WebConfig.Header]
    private var context: ChannelHandlerContext?
    private var knownPeer: Peer?

    private(set) var phase = Phase.opening
    /// Since when the phase lasts, or since its last progress.
    private(set) var since = NIODeadline.now()
    private var request: HTTPRequestHead?
    private var bodyBytes = 0
    /// Whether another request may come after this one.
    private var staysOpen = true
    /// What of the reply's body has not been written yet.
    private var rest = ByteBuffer()

    init(responder: Responder, limits: ServerLimits, table: ConnectionTable, web: WebState) {
        self.responder = responder
        self.limits = limits
        self.table = table
        tls = web.tls
        headers = web.headers
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        table.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        table.remove(self)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        table.remove(self)
        enter(.closing)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let bytes): count(bytes.readableBytes)
        case .end: end()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        // The client says no more. Some, like `nc -N`, still want the reply to what they have said.
        switch phase {
        case .answering, .sending: staysOpen = false
        case .opening, .idle, .receiving, .closing: close()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, phase != .closing else {
            if phase == .opening, tls != nil { responder.log.note(.tls, peer: peer.name, ServerTLS.reason(of: error)) }
            close()
            return
        }
        responder.log.note(.unreadable, peer: peer.name, "\(error)")
        switch error {
        case .headerOverflow:
            refuse(.text(.requestHeaderFieldsTooLarge, "The request's header is larger than is taken here."))
        case .invalidVersion:
            refuse(.text(.httpVersionNotSupported, "HTTP/1.1 is spoken here."))
        case .invalidMethod:
            refuse(.text(.notImplemented, "The request begins with no method that is known here."))
        default:
            refuse(.text(.badRequest, "The request cannot be read."))
        }
    }

    // MARK: A request

    /// Some bytes came: told by `Arrivals`, which stands before the parser.
    func bytesArrived() {
        if phase == .idle { enter(.receiving) }
    }

    private func begin(_ head: HTTPRequestHead) {
        guard phase != .closing else { return }
        // The time for a request runs from its first byte, and goes on.
        if phase == .opening { phase = .receiving } else if phase == .idle { enter(.receiving) }
        request = head
        bodyBytes = 0
        // After these NIO's parser reads no more: it waits for a handler of another protocol, of which there is none.
        let leavesHTTP = head.method == .CONNECT || head.headers.contains(name: "upgrade")
        staysOpen = head.isKeepAlive && !leavesHTTP && !table.isStopping
        guard head.version == .http1_1 || head.version == .http1_0 else {
            refuse(.text(.httpVersionNotSupported, "HTTP/1.1 is spoken here."))
            return
        }
        let announced = head.headers["content-length"].first.flatMap { Int($0) } ?? 0
        guard announced <= limits.bodyBytes else {
            refuseBody()
            return
        }
        let expectations = head.headers[canonicalForm: "expect"]
        if expectations.contains(where: { $0.lowercased() == "100-continue" }), head.version == .http1_1 {
            write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
            context?.flush()
        }
    }

    private func count(_ bytes: Int) {
        guard phase == .receiving else { return }
        bodyBytes += bytes
        if bodyBytes > limits.bodyBytes { refuseBody() }
    }

    private func refuseBody() {
        refuse(.text(.payloadTooLarge, "The request's body is larger than is taken here."))
    }

    private func end() {
        guard phase == .receiving, let request, let context else { return }
        self.request = nil
        enter(.answering)
        let responder = responder
        let peer = peer
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        Task {
            let reply = await responder.reply(to: request, from: peer)
            responder.wayBack.execute(on: loop) { connection.value.answer(reply, to: request) }
        }
    }

    private var peer: Peer {
        if let knownPeer { return knownPeer }
        let channel = context?.channel
        let certificate = channel.flatMap { tls?.finding(on: $0) } ?? .none
        let peer = Peer(address: channel?.remoteAddress, certificate: certificate)
        // Before a request has come, the handshake may not be done, and the certificate not known.
        if phase == .answering { knownPeer = peer }
        return peer
    }

    // MARK: A reply

    private func answer(_ reply: PreparedReply, to request: HTTPRequestHead) {
        guard phase == .answering else { return }
        send(reply, isOldVersion: request.version == .http1_0)
    }

    /// Answers before the request has ended, and takes no other: what is left of it might be anything.
    private func refuse(_ reply: HTTPReply) {
        staysOpen = false
        let isHead = request?.method == .HEAD
        request = nil
        send(PreparedReply(plain: reply, isHead: isHead, extra: headers))
    }

    private func send(_ reply: PreparedReply, isOldVersion: Bool = false) {
        enter(.sending)
        if table.isStopping { staysOpen = false }
        var head = reply.head
        if !staysOpen {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if isOldVersion {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        rest = reply.body
        write(.head(head))
        sendNextPiece()
    }

    /// Writes the next piece of the body, and the one after it when the client has taken this one: TLS copies what it
    /// is given, and the time-out is for a piece.
    private func sendNextPiece() {
        guard let context, phase == .sending else { return }
        since = .now()
        let piece = rest.readSlice(length: min(rest.readableBytes, Self.pieceBytes)) ?? ByteBuffer()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            guard case .success = result else { return self.close() }
            if self.rest.readableBytes > 0 { self.sendNextPiece() } else { self.finish() }
        }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: written)
    }

    private static let pieceBytes = 64 * 1024

    private func finish() {
        guard let context, phase == .sending else { return }
        rest = ByteBuffer()
        // First the phase: writing the end hands over the next request, if it is there already.
        enter(staysOpen ? .idle : .closing)
        let ends = !staysOpen
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // What the client still sends is read and dropped for a while: closing now would answer it with a reset,
        // which may overtake the reply.
        if ends { context.close(mode: .output, promise: nil) }
    }

    private func write(_ part: HTTPServerResponsePart) {
        context?.write(wrapOutboundOut(part), promise: nil)
    }

    // MARK: The end

    private func enter(_ phase: Phase) {
        self.phase = phase
        since = .now()
    }

    /// Ends the connection at once.
    func close() {
        enter(.closing)
        guard let context else { return }
        context.close(promise: nil)
        let channel = context.channel
        guard let tls, channel.isActive else { return }
        // TLS has said goodbye, and would wait seconds for the client's; the descriptor is needed soon. Not within this
        // call, which may come out of TLS's own.
        context.eventLoop.execute { tls.closeBeneath(channel) }
    }

    /// Ends the connection, after the reply that is in the making.
    func stop() {
        switch phase {
        case .opening, .idle: close()
        case .receiving, .answering, .sending: staysOpen = false
        case .closing: break
        }
    }

    /// Ends the connection if its phase has lasted too long.
    func checkTime(_ now: NIODeadline) {
        let lasted = now - since
        switch phase {
        case .opening where lasted > TimeAmount(limits.requestTimeout),
            .receiving where lasted > TimeAmount(limits.requestTimeout):
            responder.log.note(.slowRequest, peer: peer.name)
            close()
        case .idle where lasted > TimeAmount(limits.idleTimeout): close()
        case .sending where lasted > TimeAmount(limits.writeTimeout):
            responder.log.note(.slowClient, peer: peer.name)
            close()
        case .closing where lasted > TimeAmount(Self.lingering): close()
        default: break
        }
    }

    private static let lingering = Duration.seconds(2)
}

/// Tells a connection that bytes came, before a parser has made anything of them.
final class Arrivals: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: Connection

    init(_ connection: Connection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.bytesArrived()
        context.fireChannelRead(data)
    }
}
