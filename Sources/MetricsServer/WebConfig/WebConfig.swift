/// What a web config file says, in the format of Prometheus' exporter-toolkit.
public struct WebConfig: Sendable, Equatable {
    /// `tls_server_config`; nil for plain HTTP.
    public internal(set) var tls: TLS?
    /// `http_server_config.headers`, for every reply.
    public internal(set) var headers: [Header] = []
    /// `basic_auth_users`: who may ask; empty when everybody may.
    var users: [String: BcryptHash] = [:]
    /// What is understood, accepted, and has no effect: a sentence each.
    public internal(set) var warnings: [String] = []

    /// The names of those who may ask, sorted.
    public var userNames: [String] { users.keys.sorted() }

    /// A header field.
    public struct Header: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Its value.
        public let value: String
    }

    /// `tls_server_config`.
    public struct TLS: Sendable, Equatable {
        /// The certificate, with what leads to its root.
        public internal(set) var certificate: Source
        /// Its private key.
        public internal(set) var key: Source
        /// What is asked of clients.
        public internal(set) var clientAuthentication = ClientAuthentication.none
        /// Whose certificates of clients are trusted.
        public internal(set) var clientAuthority: Source?
        /// Names of which a client's certificate needs one; empty when any will do.
        public internal(set) var allowedClientNames: [String] = []
        /// The oldest version spoken.
        public internal(set) var oldestVersion = Version.tls12
        /// The newest version spoken; nil for the newest there is.
        public internal(set) var newestVersion: Version?
        /// Cipher suites of TLS 1.2 and before, by their IANA names; empty for the defaults.
        public internal(set) var cipherSuites: [String] = []
        /// Curves, best first; empty for the defaults.
        public internal(set) var curves: [Curve] = []

        /// The files it names: what to watch.
        var files: [String] {
            [certificate, key, clientAuthority].compactMap { if case .file(let path) = $0 { path } else { nil } }
        }
    }

    /// Where PEM text comes from.
    public enum Source: Sendable, Equatable {
        /// A file; relative paths are relative to the web config.
        case file(String)
        /// The text itself.
        case inline(String)
    }

    /// `client_auth_type`.
    public enum ClientAuthentication: String, Sendable, CaseIterable {
        /// No certificate is asked for.
        case none = "NoClientCert"
        /// One is asked for; none, or any, will do.
        case request = "RequestClientCert"
        /// One is needed; any will do.
        case requireAny = "RequireAnyClientCert"
        /// One is asked for, and checked if there is one.
        case verifyIfGiven = "VerifyClientCertIfGiven"
        /// One is needed and checked.
        case requireAndVerify = "RequireAndVerifyClientCert"

        /// Whether what is shown is checked.
        public var verifies: Bool { self == .verifyIfGiven || self == .requireAndVerify }
    }

    /// A version of TLS.
    public enum Version: String, Sendable, CaseIterable, Comparable {
        /// 1.0.
        case tls10 = "TLS10"
        /// 1.1.
        case tls11 = "TLS11"
        /// 1.2.
        case tls12 = "TLS12"
        /// 1.3.
        case tls13 = "TLS13"

        /// By age, oldest first.
        public static func < (a: Version, b: Version) -> Bool { a.rawValue < b.rawValue }
    }

    /// A curve for the key exchange, by Go's name.
    public enum Curve: String, Sendable, CaseIterable {
        /// NIST P-256.
        case p256 = "CurveP256"
        /// NIST P-384.
        case p384 = "CurveP384"
        /// NIST P-521.
        case p521 = "CurveP521"
        /// Curve25519.
        case x25519 = "X25519"
        /// Curve25519 with ML-KEM.
        case x25519MLKEM768 = "X25519MLKEM768"
    }
}
