/// What a server serves: answers one request at a time, from any number of connections.
public protocol HTTPSite: Sendable {
    /// The answer. Bodies are prepared: a site that has the same bytes for many requests hands out the same ones.
    func reply(to request: HTTPRequest) async -> HTTPReply
}
