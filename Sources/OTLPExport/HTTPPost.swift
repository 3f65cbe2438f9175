#if OTLP
    internal import Logging
    internal import NIOCore
    internal import NIOHTTP1
    internal import NIOPosix
    internal import Settings
    #if TLS
        internal import NIOSSL
    #endif

    /// Posts bytes to one place over HTTP/1.1.
    ///
    /// Each post has a connection of its own, so the name is looked up anew (on a thread of NIO's, not on the event loop),
    /// and a connection that died unseen between two pushes costs no data.
    struct HTTPPost: Sendable {
        /// An answer longer than this is cut: nobody needs it, and memory stays flat.
        static let mostAnswer = 64 * 1024
        /// More of a header fails the attempt.
        private static let mostHeader = 16 * 1024

        /// What came back.
        struct Answer: Sendable {
            var status: HTTPResponseStatus
            var headers: HTTPHeaders
            /// Empty when there was more than `mostAnswer`.
            var body: [UInt8]
        }

        /// Why nothing came back.
        struct Failure: Error, CustomStringConvertible {
            let description: String
        }

        /// Where it posts to, without what a log should not hold.
        var place: String { endpoint.description }

        private let endpoint: OTLPSettings.Endpoint
        private let group: any EventLoopGroup
        #if TLS
            private let tls: ClientTLS?
        #endif

        init(_ settings: OTLPSettings, group: any EventLoopGroup, logger: Logger) throws(OTLPSettingsError) {
            endpoint = try OTLPSettings.Endpoint(settings.endpoint, setBy: "OTLP endpoint")
            self.group = group
            #if TLS
                tls = endpoint.isEncrypted ? try ClientTLS(settings, logger: logger) : nil
            #else
                guard !endpoint.isEncrypted else {
                    throw OTLPSettingsError(
                        "OTLP endpoint", "'\(endpoint)' needs TLS, and this program was built without it; use http://")
                }
            #endif
        }

        /// Sends a request and waits for the answer.
        func send(_ body: ByteBuffer, headers: HTTPHeaders, within timeout: Duration) async throws(Failure) -> Answer {
            let loop = group.next()
            let promise = loop.makePromise(of: Answer.self)
            let timeLimit = TimeAmount(timeout)
            let alarm = loop.scheduleTask(in: timeLimit) {
                promise.fail(Failure(description: "no answer within \(timeout)"))
            }
            var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: endpoint.target, headers: headers)
            head.headers.replaceOrAdd(name: "host", value: endpoint.authority)
            head.headers.replaceOrAdd(name: "content-length", value: String(body.readableBytes))
            head.headers.replaceOrAdd(name: "connection", value: "close")
            #if TLS
                let tls = tls?.current()
            #endif
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = Self.mostHeader
            limits.maxHeaderListSize = Self.mostHeader
            let bootstrap = ClientBootstrap(group: loop)
                .connectTimeout(timeLimit)
                .channelInitializer { [head, limits] channel in
                    // However it ends, the connection ends with it; also one that is made too late.
                    promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
                    return channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        #if TLS
                            if let tls {
                                try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                            }
                        #endif
                        try pipeline.addHTTPClientHandlers(decoderLimitConfiguration: limits)
                        try pipeline.addHandler(Exchange(head, body, promise))
                    }
                }
            bootstrap.connect(host: endpoint.host, port: endpoint.port).whenFailure { promise.fail($0) }
            defer { alarm.cancel() }
            do {
                return try await withTaskCancellationHandler {
                    try await promise.futureResult.get()
                } onCancel: {
                    promise.fail(Failure(description: "given up at the end of the program"))
                }
            } catch let failure as Failure {
                throw failure
            } catch {
                throw Failure(description: "\(error)")
            }
        }

        #if TLS
            /// The name to ask for; an address has none, and is looked for in the certificate as an address.
            private var name: String? {
                (try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)) == nil ? endpoint.host : nil
            }
        #endif
    }

    /// One request and its answer.
    private final class Exchange: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart
        typealias OutboundOut = HTTPClientRequestPart

        private let head: HTTPRequestHead
        private let body: ByteBuffer
        private let promise: EventLoopPromise<HTTPPost.Answer>
        private var answer: HTTPPost.Answer?

        init(_ head: HTTPRequestHead, _ body: ByteBuffer, _ promise: EventLoopPromise<HTTPPost.Answer>) {
            (self.head, self.body, self.promise) = (head, body, promise)
        }

        func channelActive(context: ChannelHandlerContext) {
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                answer = HTTPPost.Answer(status: head.status, headers: head.headers, body: [])
            case .body(let part):
                guard var answer else { return }
                if answer.body.count + part.readableBytes > HTTPPost.mostAnswer {
                    // The status says enough.
                    answer.body = []
                    promise.succeed(answer)
                } else {
                    self.answer?.body.append(contentsOf: part.readableBytesView)
                }
            case .end:
                if let answer { promise.succeed(answer) }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            promise.fail(error)
        }

        func channelInactive(context: ChannelHandlerContext) {
            promise.fail(HTTPPost.Failure(description: "the connection ended before the answer"))
        }
    }
#endif
