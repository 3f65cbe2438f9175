extension TextType where Value == String {
    /// Where to listen: `host:port`, `[::1]:port`, `:port`.
    static let listenAddress = TextType(name: "host:port") { (text) throws(ValueProblem) in
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            text[colon...] == ":\(port)"
        else {
            throw ValueProblem(.badValue, text, "has no port; write 127.0.0.1:9944, [::1]:9944 or :9944")
        }
        let host = text[..<colon]
        let inner = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
        // An address of IPv6 has colons, and only that stands in brackets.
        let isHost =
            inner.contains(":") == (inner.count != host.count)
            && inner.utf8.allSatisfy { isLetterOrDigit($0) || ".-:%_".utf8.contains($0) }
        guard isHost else {
            throw ValueProblem(.badValue, text, "is no address; write 127.0.0.1:9944, [::1]:9944 or :9944")
        }
        return text
    } write: {
        $0
    }

    /// Where metrics are found: a path of a URL.
    static let urlPath = TextType(name: "path") { (text) throws(ValueProblem) in
        let isPath = text.utf8.allSatisfy { isLetterOrDigit($0) || "/-._~".utf8.contains($0) }
        guard isPath, text.hasPrefix("/"), !text.contains("//") else {
            throw ValueProblem(.badValue, text, "is no path of a URL; write one such as /metrics")
        }
        guard !["/", "/healthz", "/readyz", "/doctor", "/api/v1/inventory"].contains(text) else {
            throw ValueProblem(.badValue, text, "is taken by another page; write one such as /metrics")
        }
        return text
    } write: {
        $0
    }

    /// A URL to push to, or the word `none`, which is the empty text. Without a path it is that of the standard.
    static let endpoint = TextType(name: "url") { (text) throws(ValueProblem) in
        if text == "none" { return "" }
        do throws(OTLPSettingsError) {
            let endpoint = try OTLPSettings.Endpoint(text, setBy: "otlp.endpoint")
            guard endpoint.target == "/" else { return text }
            return "\(endpoint.isEncrypted ? "https" : "http")://\(endpoint.authority)/v1/metrics"
        } catch {
            throw ValueProblem(.badValue, error.reason)
        }
    } write: {
        $0.isEmpty ? "none" : $0
    }
}
