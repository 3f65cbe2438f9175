public import NIOHTTP1

/// What a site is told of a request.
public struct HTTPRequest: Sendable {
    /// The path, percent-decoded, without the query.
    public let path: String
    /// The header fields.
    public let headers: HTTPHeaders
    /// Whether the client is this host, speaking for itself: see `Peer.isLocal`.
    public let isLocal: Bool
    /// The name the client proved by password or certificate; nil when it proved none.
    public let user: String?

    /// A request as a site sees it; for tests, too.
    public init(path: String, headers: HTTPHeaders = [:], isLocal: Bool = false, user: String? = nil) {
        self.path = path
        self.headers = headers
        self.isLocal = isLocal
        self.user = user
    }
}

/// A site's answer.
public struct HTTPReply: Sendable {
    /// The status.
    public var status: HTTPResponseStatus
    /// Header fields beside those of the body.
    public var headers: HTTPHeaders
    /// The body.
    public var body: HTTPBody

    /// An answer.
    public init(_ status: HTTPResponseStatus, _ body: HTTPBody, headers: HTTPHeaders = [:]) {
        self.status = status
        self.body = body
        self.headers = headers
    }

    /// An answer of one line of plain text.
    public static func text(
        _ status: HTTPResponseStatus, _ line: String, headers: HTTPHeaders = [:]
    ) -> HTTPReply {
        HTTPReply(status, HTTPBody("text/plain; charset=utf-8", text: line + "\n"), headers: headers)
    }
}
