/// Where and how a server serves.
public struct ServerConfiguration: Sendable {
    /// Where to listen.
    public var listenAddresses: [ListenAddress]
    /// Listening sockets that are open already, from systemd (`SocketActivation.take`). The server owns them.
    public var inheritedSockets: [Int32]
    /// A file in the format of Prometheus' exporter-toolkit, for TLS and passwords.
    public var webConfigFile: String?
    /// What clients may use up.
    public var limits: ServerLimits
    /// How hard gzip tries, 1 to 9.
    public var compressionLevel: Int32

    /// A configuration; it listens at nothing unless told where.
    public init(
        listenAddresses: [ListenAddress] = [], inheritedSockets: [Int32] = [], webConfigFile: String? = nil,
        limits: ServerLimits = ServerLimits(), compressionLevel: Int32 = 5
    ) {
        self.listenAddresses = listenAddresses
        self.inheritedSockets = inheritedSockets
        self.webConfigFile = webConfigFile
        self.limits = limits
        self.compressionLevel = compressionLevel
    }
}

/// What clients may use up.
public struct ServerLimits: Sendable, Equatable {
    /// Connections at one time. One more closes the one that has been waiting for its client longest.
    public var connections = 512
    /// Bytes of a request's target and header fields; more is answered with 431.
    public var headerBytes = 16 * 1024
    /// Bytes of a request's body, which is thrown away; more is answered with 413.
    public var bodyBytes = 64 * 1024
    /// From the first byte of a request (or from the connection's beginning, TLS included) to its last.
    public var requestTimeout: Duration = .seconds(10)
    /// Between two requests of a connection.
    public var idleTimeout: Duration = .seconds(120)
    /// For each 64 KiB of a reply to be taken by the client.
    public var writeTimeout: Duration = .seconds(30)
    /// For replies in the making when the server is told to stop.
    public var shutdownTimeout: Duration = .seconds(5)
    /// Passwords waiting to be checked; more are answered with 503.
    public var waitingPasswords = 32

    /// The defaults.
    public init() {}
}
