@testable import MetricsServer

/// What the reader of the web config promises for any input, beside not to crash. Fuzz/ has this file, too, and looks
/// for an input that breaks it.
enum WebConfigPromise {
    private static let file = "/etc/exporter/web.yml"

    /// What is broken of the promise; nil when it is kept.
    static func broken(by bytes: [UInt8]) -> String? {
        do throws(WebConfigError) {
            return broken(try WebConfig.parse(bytes, file: file))
        } catch {
            guard error.file == file, let line = error.line, 1...YAMLPromise.lastLine(of: bytes) ~= line else {
                return "the error is not at a line of the text"
            }
            guard !error.message.isEmpty else { return "the error has no message" }
            return YAMLPromise.isPrintable(error.description) ? nil : "the error is not one line"
        }
    }

    private static func broken(_ config: WebConfig) -> String? {
        for (name, hash) in config.users {
            guard !name.isEmpty, !name.contains(":") else { return "a user who could not log in" }
            guard (4...BcryptHash.highestCost).contains(hash.cost) else { return "a hash that costs too much" }
        }
        for header in config.headers {
            let isText = header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            guard isText, !header.name.isEmpty else { return "a header that cannot be sent" }
        }
        guard Set(config.headers.map(\.name)).count == config.headers.count else { return "a header is there twice" }
        guard config.warnings.allSatisfy(YAMLPromise.isPrintable) else { return "a warning is not one line" }
        return config.tls.flatMap(broken)
    }

    private static func broken(_ tls: WebConfig.TLS) -> String? {
        if let newest = tls.newestVersion, newest < tls.oldestVersion { return "no version of TLS is left" }
        // Whoever is to be checked is checked against something, and names are looked at only when somebody is checked.
        let verifies = tls.clientAuthentication.verifies
        if verifies, tls.clientAuthority == nil { return "clients are checked against nothing" }
        if !verifies, !tls.allowedClientNames.isEmpty { return "names are wanted of clients that nobody checks" }
        if tls.clientAuthentication == .none, tls.clientAuthority != nil { return "the clients' authority is not used" }
        return nil
    }
}
