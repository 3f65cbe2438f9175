internal import NIOCore
internal import NIOHTTP1

/// A reply as it goes to the wire, but for what only the connection knows.
struct PreparedReply: Sendable {
    var head: HTTPResponseHead
    /// What is sent; empty for HEAD, whose `Content-Length` is still that of the body, and for a status without one.
    var body: ByteBuffer

    /// A reply's head and body. `contents` is the body or its gzip form.
    init(
        _ reply: HTTPReply, contents: ByteBuffer, isGzip: Bool = false, mayBeGzip: Bool = false, isHead: Bool = false,
        extra: [WebConfig.Header] = []
    ) {
        var headers = reply.headers
        headers.replaceOrAdd(name: "Date", value: HTTPDate.now)
        headers.replaceOrAdd(name: "Content-Type", value: reply.body.contentType)
        headers.replaceOrAdd(name: "Content-Length", value: String(contents.readableBytes))
        headers.replaceOrAdd(name: "X-Content-Type-Options", value: "nosniff")
        if isGzip { headers.replaceOrAdd(name: "Content-Encoding", value: "gzip") }
        // A cache has to know it of the plain form, too.
        if mayBeGzip { headers.add(name: "Vary", value: "Accept-Encoding") }
        for header in extra { headers.replaceOrAdd(name: header.name, value: header.value) }
        head = HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers)
        body = isHead || !reply.status.mayHaveResponseBody ? ByteBuffer() : contents
    }

    /// A reply that is sent as it is: for what goes wrong.
    init(plain reply: HTTPReply, isHead: Bool = false, extra: [WebConfig.Header] = []) {
        self.init(reply, contents: reply.body.plain, isHead: isHead, extra: extra)
    }
}
