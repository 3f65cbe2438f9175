internal import YAMLTree

extension WebConfig.TLS {
    static let keys = [
        "cert", "cert_file", "key", "key_file", "client_auth_type", "client_ca", "client_ca_file",
        "client_allowed_sans", "min_version", "max_version", "cipher_suites", "prefer_server_cipher_suites",
        "curve_preferences",
    ]

    init(_ reader: WebConfigReader, warnings: inout [String]) throws(WebConfigError) {
        guard let certificate = try Self.source("cert", reader) else {
            throw reader.error(missing: "cert_file", "it is needed: the server's certificate, as PEM")
        }
        guard let key = try Self.source("key", reader) else {
            throw reader.error(missing: "key_file", "it is needed: the certificate's private key, as PEM")
        }
        self.init(certificate: certificate, key: key)
        try readClients(reader)
        try readVersions(reader)
        curves = try reader.choices("curve_preferences", WebConfig.Curve.self)
        let suites = try reader.choices("cipher_suites", CipherSuite.self)
        for suite in suites where suite.isOfTLS13 {
            warnings.append(
                "tls_server_config.cipher_suites: \(suite.rawValue) belongs to TLS 1.3, whose suites are always on")
        }
        cipherSuites = suites.filter { !$0.isOfTLS13 }.map(\.rawValue)
        if try reader.flag("prefer_server_cipher_suites") != nil {
            warnings.append(
                "tls_server_config.prefer_server_cipher_suites: it has no effect, here as in Go since 1.17; "
                    + "the client's order decides")
        }
    }

    private mutating func readClients(_ reader: WebConfigReader) throws(WebConfigError) {
        clientAuthority = try Self.source("client_ca", reader)
        let authentication = try reader.choice("client_auth_type", WebConfig.ClientAuthentication.self) ?? .none
        clientAuthentication = authentication
        if clientAuthority != nil, authentication == .none {
            throw reader.error(missing: "client_auth_type", "it is needed beside client_ca_file: who is asked for one")
        }
        if clientAuthority == nil, authentication.verifies {
            throw reader.error(
                missing: "client_ca_file", "it is needed for \(authentication.rawValue): whose certificates are trusted"
            )
        }
        allowedClientNames = try reader.texts("client_allowed_sans")
        if let entry = reader.entry("client_allowed_sans"), !authentication.verifies {
            throw reader.error(
                entry, "it needs client_auth_type: VerifyClientCertIfGiven or RequireAndVerifyClientCert")
        }
    }

    private mutating func readVersions(_ reader: WebConfigReader) throws(WebConfigError) {
        oldestVersion = try reader.choice("min_version", WebConfig.Version.self) ?? .tls12
        newestVersion = try reader.choice("max_version", WebConfig.Version.self)
        if let newestVersion, newestVersion < oldestVersion, let entry = reader.entry("max_version") {
            throw reader.error(entry, "\(newestVersion.rawValue) is older than min_version, \(oldestVersion.rawValue)")
        }
    }

    /// `NAME` (the text) or `NAME_file` (its path), not both.
    private static func source(
        _ name: String, _ reader: WebConfigReader
    ) throws(WebConfigError) -> WebConfig.Source? {
        let path = try reader.text(name + "_file")
        guard let text = try reader.text(name) else {
            guard let path else { return nil }
            return .file(WebConfig.resolve(path, besides: reader.file))
        }
        if path != nil, let entry = reader.entry(name) {
            throw reader.error(entry, "\(name)_file is there, too; one of them has to go")
        }
        return .inline(text)
    }
}

extension WebConfig {
    /// A path as it is meant in a file: relative to the file's directory.
    static func resolve(_ path: String, besides file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }
}

/// The suites BoringSSL has, by their IANA names, which are Go's. Those of Go it has not (RC4, 3DES) are unknown here.
private enum CipherSuite: String, CaseIterable {
    case ecdheECDSAWithAES128GCM = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    case ecdheRSAWithAES128GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    case ecdheECDSAWithAES256GCM = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    case ecdheRSAWithAES256GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    case ecdheECDSAWithChaCha20 = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    case ecdheRSAWithChaCha20 = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
    case ecdheECDSAWithAES128CBC = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
    case ecdheRSAWithAES128CBC = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
    case ecdheECDSAWithAES256CBC = "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"
    case ecdheRSAWithAES256CBC = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
    case rsaWithAES128GCM = "TLS_RSA_WITH_AES_128_GCM_SHA256"
    case rsaWithAES256GCM = "TLS_RSA_WITH_AES_256_GCM_SHA384"
    case rsaWithAES128CBC = "TLS_RSA_WITH_AES_128_CBC_SHA"
    case rsaWithAES256CBC = "TLS_RSA_WITH_AES_256_CBC_SHA"
    case aes128GCM = "TLS_AES_128_GCM_SHA256"
    case aes256GCM = "TLS_AES_256_GCM_SHA384"
    case chaCha20 = "TLS_CHACHA20_POLY1305_SHA256"

    var isOfTLS13: Bool { [.aes128GCM, .aes256GCM, .chaCha20].contains(self) }
}
