internal import YAMLTree

extension WebConfig {
    /// Reads a web config; touches no file beside it. Unknown keys and wrong types are errors.
    ///
    /// - Parameter file: Where the text comes from: for messages, and because relative paths in it are relative to it.
    public static func parse(_ bytes: [UInt8], file: String) throws(WebConfigError) -> WebConfig {
        let root: YAMLNode?
        do {
            root = try YAMLNode.parse(bytes)
        } catch {
            throw WebConfigError(file: file, line: error.line, message: error.message)
        }
        var config = WebConfig()
        guard let root else { return config }
        let top = try WebConfigReader(
            root, file: file,
            known: ["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"])
        if let entry = top.entry("rate_limit") {
            throw top.error(entry, "this server does not limit the rate of requests; take it out")
        }
        if let reader = try top.mapping("tls_server_config", known: TLS.keys) {
            config.tls = try TLS(reader, warnings: &config.warnings)
        }
        try config.readHTTP(top)
        try config.readUsers(top)
        return config
    }

    private mutating func readHTTP(_ top: WebConfigReader) throws(WebConfigError) {
        guard let http = try top.mapping("http_server_config", known: ["http2", "headers"]) else { return }
        // HTTP/2 is on by default there, and goes with TLS only: false says what is so, true is what we cannot do.
        if try http.flag("http2") == true {
            warnings.append("http_server_config.http2: HTTP/1.1 is served, also to clients that could do HTTP/2")
        }
        guard let fields = try http.mapping("headers", known: HeaderRule.all.map(\.name)) else { return }
        for entry in fields.entries where !entry.value.isNull {
            let value = try fields.text(entry)
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw fields.error(entry, "a header's value is one line of printable text")
            }
            let allowed = HeaderRule.all.first { $0.name == entry.key }?.values ?? []
            guard allowed.isEmpty || allowed.contains(value.lowercased()) else {
                throw fields.error(
                    entry, "'\(value)' is not known; there are \(allowed.joined(separator: ", "))")
            }
            headers.append(Header(name: entry.key, value: value))
        }
    }

    private mutating func readUsers(_ top: WebConfigReader) throws(WebConfigError) {
        guard let entries = try top.mapping("basic_auth_users")?.entries else { return }
        for entry in entries {
            let name = "basic_auth_users.\(entry.key)"
            func error(_ message: String) -> WebConfigError {
                WebConfigError(file: top.file, line: entry.line, key: name, message: message)
            }
            guard case .scalar(let text, _) = entry.value.content, let hash = BcryptHash(text) else {
                throw error("this is no bcrypt hash; 'htpasswd -nBC 10 \(entry.key)' makes one")
            }
            guard hash.cost <= BcryptHash.highestCost else {
                throw error(
                    "a cost of \(hash.cost) takes seconds for one password; make a hash with a cost of 10 to "
                        + "\(BcryptHash.highestCost)")
            }
            guard !entry.key.isEmpty, !entry.key.contains(":") else {
                throw error("a name is not empty and has no colon: browsers and scrapers could not send it")
            }
            users[entry.key] = hash
        }
    }

    /// A header that may be set, with the values it may have; none: any.
    private struct HeaderRule {
        let name: String
        var values: [String] = []

        static let all = [
            HeaderRule(name: "Strict-Transport-Security"),
            HeaderRule(name: "X-Content-Type-Options", values: ["nosniff"]),
            HeaderRule(name: "X-Frame-Options", values: ["deny", "sameorigin"]),
            HeaderRule(name: "X-XSS-Protection"),
            HeaderRule(name: "Content-Security-Policy"),
        ]
    }
}
