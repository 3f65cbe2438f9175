internal import NIOCore
internal import NIOHTTP1

/// Makes the reply to a request: who asks, what for, and in which form it goes out. Runs off the event loop.
struct Responder: Sendable {
    let site: any HTTPSite
    /// nil without a web config.
    let webConfig: WebConfigKeeper?
    let compressionLevel: Int32
    let log: QuietLog
    /// How replies come back to their connections.
    let wayBack = WayBack()

    /// Below this, gzip gains nothing worth its time.
    private static let smallestCompressed = 1024

    func reply(to head: HTTPRequestHead, from peer: Peer) async -> PreparedReply {
        let web = await webConfig?.current() ?? .open
        let isHead = head.method == .HEAD
        var user: String?
        switch await admission(of: head, from: peer, web) {
        case .refused(let reply): return PreparedReply(plain: reply, isHead: isHead, extra: web.headers)
        case .admitted(let name): user = name
        }
        let reply = await siteReply(to: head, from: peer, user: user)
        let body = reply.body
        let mayBeGzip = body.plain.readableBytes > Self.smallestCompressed
        let wantsGzip = mayBeGzip && AcceptEncoding.allowsGzip(head.headers["accept-encoding"])
        let compressed = wantsGzip ? await body.gzip(level: compressionLevel) : nil
        return PreparedReply(
            reply, contents: compressed ?? body.plain, isGzip: compressed != nil, mayBeGzip: mayBeGzip,
            isHead: isHead, extra: web.headers)
    }

    private enum Admission {
        case admitted(String?)
        case refused(HTTPReply)
    }

    /// Certificate first, then password: where passwords are configured, everybody needs one.
    private func admission(of head: HTTPRequestHead, from peer: Peer, _ web: WebState) async -> Admission {
        var user: String?
        switch peer.certificate {
        case .none: break
        case .verified(let name): user = name
        case .notAllowed:
            log.note(.certificate, peer: peer.name)
            return .refused(.text(.forbidden, "None of the certificate's names may ask here."))
        }
        guard let authenticator = web.authenticator else { return .admitted(user) }
        let fields = head.headers["authorization"]
        switch await authenticator.check(fields.count == 1 ? fields.first : nil) {
        case .user(let name): return .admitted(name)
        case .busy:
            log.note(.busy, peer: peer.name)
            return .refused(
                .text(
                    .serviceUnavailable, "Too many passwords are waiting to be checked.", headers: ["Retry-After": "1"])
            )
        case .refused:
            // A scraper or browser without any asks what is wanted: that is no attempt.
            if !fields.isEmpty { log.note(.password, peer: peer.name) }
            return .refused(
                .text(
                    .unauthorized, "A name and a password are needed.",
                    headers: ["WWW-Authenticate": "Basic realm=\"ebpf-metrics\""]))
        }
    }

    private func siteReply(to head: HTTPRequestHead, from peer: Peer, user: String?) async -> HTTPReply {
        guard head.method == .GET || head.method == .HEAD else {
            return .text(.methodNotAllowed, "GET and HEAD are answered here.", headers: ["Allow": "GET, HEAD"])
        }
        let hosts = head.headers["host"].count
        guard hosts == 1 || (hosts == 0 && head.version == .http1_0) else {
            return .text(.badRequest, "A request has one Host field.")
        }
        guard let path = RequestPath.decode(head.uri) else {
            return .text(.badRequest, "The request's path cannot be read.")
        }
        return await site.reply(
            to: HTTPRequest(path: path, headers: head.headers, isLocal: peer.isLocal(head.headers), user: user))
    }
}
