internal import NIOCore
internal import NIOHTTP1

/// Whom a connection is with.
struct Peer: Sendable {
    /// Whether the other end is on this host: a loopback address, or a unix socket.
    let isLoopback: Bool
    /// The address, for the log.
    let name: String
    /// What its certificate says.
    let certificate: CertificateFinding

    init(address: SocketAddress?, certificate: CertificateFinding) {
        self.certificate = certificate
        switch address {
        case .unixDomainSocket:
            isLoopback = true
            name = "a unix socket"
        case .some(let address):
            let text = address.ipAddress ?? ""
            // IPv4 clients of a socket for both families have a mapped address.
            isLoopback = text == "::1" || text.hasPrefix("127.") || text.hasPrefix("::ffff:127.")
            name = text
        case nil:
            isLoopback = false
            name = "an unknown address"
        }
    }

    /// Whether a request comes from this host and from nobody beyond it: the connection is local, no proxy names
    /// itself, and the client asked for a loopback name. The last guards against DNS rebinding: a web page that makes
    /// a browser on this host connect here asks by the page's own name.
    func isLocal(_ headers: HTTPHeaders) -> Bool {
        guard isLoopback, !["forwarded", "x-forwarded-for", "via"].contains(where: headers.contains(name:)) else {
            return false
        }
        let hosts = headers["host"]
        return hosts.count == 1 && hosts.allSatisfy(Self.isLoopbackName)
    }

    /// `localhost`, `127.x.y.z` and `[::1]`, each with or without a port.
    private static func isLoopbackName(_ host: String) -> Bool {
        var name = host[...]
        if let colon = name.lastIndex(of: ":"), name[colon...].dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }),
            !name[..<colon].contains(":") || name[..<colon].hasSuffix("]")
        {
            name = name[..<colon]
        }
        if name.lowercased() == "localhost" || name == "[::1]" { return true }
        // A name may begin with 127. and be anybody's: all four parts have to be numbers.
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// What is known of a client from its certificate.
enum CertificateFinding: Sendable, Equatable {
    /// None was asked for, shown or verified.
    case none
    /// Verified; the name is the subject's common name, or the first alternative name.
    case verified(String?)
    /// Verified, but none of its names is in `client_allowed_sans`; or there should be one and it cannot be read.
    case notAllowed
}
