/// Where and how metrics are pushed to OpenTelemetry.
public struct OTLPSettings: Sendable, Equatable {
    /// The URL that metrics are posted to: `http://collector:4318/v1/metrics`.
    public var endpoint: String
    /// Header fields to send along, such as an authorization.
    public var headers: [Header] = []
    /// How long one attempt may take.
    public var timeout: Duration = .seconds(10)
    /// Whether the body is compressed.
    public var usesGzip = false
    /// A PEM file of certificates to trust instead of the system's.
    public var certificateFile: String?
    /// A PEM file with the certificate to present.
    public var clientCertificateFile: String?
    /// A PEM file with that certificate's key.
    public var clientKeyFile: String?
    /// What describes this host and process, beside what is found out by itself.
    public var resourceAttributes: [Header] = []
    /// The shortest time between two pushes; nil to push after each collection.
    public var interval: Duration?

    /// A name with a value.
    public struct Header: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The value.
        public var value: String

        /// Pairs a name and a value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Pushes to this URL, everything else by default.
    public init(endpoint: String) {
        self.endpoint = endpoint
    }
}
