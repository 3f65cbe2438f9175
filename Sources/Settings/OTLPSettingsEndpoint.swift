extension OTLPSettings {
    /// A URL to push to, in its parts.
    public struct Endpoint: Sendable, Equatable {
        /// Whether it begins with `https`.
        public let isEncrypted: Bool
        /// A name, or an address without brackets.
        public let host: String
        /// The port; 80 or 443 when the URL has none.
        public let port: Int
        /// What is asked of the server: the path and the query.
        public let target: String
        /// The value of the `Host` field.
        public let authority: String

        /// Takes a URL apart.
        ///
        /// - Parameter name: Where it was set, for the error.
        public init(_ url: String, setBy name: String) throws(OTLPSettingsError) {
            // The URL is not repeated: user, path and query may be secrets, and what is malformed cannot be told apart.
            func wrong(_ reason: String) -> OTLPSettingsError {
                OTLPSettingsError(name, "\(reason); write it like http://collector:4318")
            }
            guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw wrong("has white space or characters that a URL cannot have")
            }
            let lower = url.lowercased()
            let rest: Substring
            if lower.hasPrefix("http://") {
                (isEncrypted, rest) = (false, url.dropFirst(7))
            } else if lower.hasPrefix("https://") {
                (isEncrypted, rest) = (true, url.dropFirst(8))
            } else {
                throw wrong("does not begin with http:// or https://")
            }
            let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            guard !authority.contains("@") else {
                throw OTLPSettingsError(
                    name, "has a user or password; put them into a header: authorization=Basic%20…")
            }
            let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
            self.target = target.first == "/" ? String(target) : "/" + target
            self.authority = String(authority)

            let host: Substring
            let afterHost: Substring
            if authority.first == "[" {
                guard let end = authority.firstIndex(of: "]") else { throw wrong("lacks the ] of its address") }
                host = authority[authority.index(after: authority.startIndex)..<end]
                afterHost = authority[authority.index(after: end)...]
            } else {
                host = authority.prefix { $0 != ":" }
                afterHost = authority.dropFirst(host.count)
            }
            guard !host.isEmpty else { throw wrong("has no host") }
            self.host = String(host)
            if afterHost.isEmpty {
                port = isEncrypted ? 443 : 80
            } else {
                guard afterHost.first == ":", let number = Int(afterHost.dropFirst()), (1...65535).contains(number)
                else { throw wrong("has no port from 1 to 65535 after the host") }
                port = number
            }
        }
    }
}

extension OTLPSettings.Endpoint: CustomStringConvertible {
    /// The URL without its query, which may hold a secret.
    public var description: String {
        "\(isEncrypted ? "https" : "http")://\(authority)\(target.prefix { $0 != "?" })"
    }
}
