internal import EBPFMetrics
package import KernelSources
internal import LinuxSystem
public import Logging
public import MetricsServer
internal import NIOCore
internal import NIOPosix
internal import OTLPExport
public import ServiceLifecycle
public import Settings
internal import UnixSignals

/// `ebpf-metrics serve`: collects on an interval, answers scrapes, and pushes where it is told to.
public struct MetricsDaemon: Service {
    private let settings: Settings
    private let state: DaemonState
    private let keeper: CollectionKeeper
    private let server: MetricsServer
    private let reread: @Sendable () throws -> Settings
    private let logger: Logger

    /// Prepares a process that is to be nothing but a daemon, before its first other thread: it takes less memory.
    public static func prepareProcess() {
        OwnMemory.keepLittle()
    }

    /// A daemon that does nothing yet.
    ///
    /// - Parameters:
    ///   - inheritedSockets: listening sockets from systemd; they take the place of the addresses of the settings.
    ///   - privileges: what this process was left with.
    ///   - reread: the settings anew, for SIGHUP.
    public init(
        settings: Settings, inheritedSockets: [Int32] = [], privileges: PrivilegeReduction, logger: Logger,
        reread: @escaping @Sendable () throws -> Settings
    ) throws(ListenAddressError) {
        try self.init(
            settings: settings, inheritedSockets: inheritedSockets, privileges: privileges, logger: logger,
            host: LiveHost(), reread: reread)
    }

    /// The same for another host: for a recorded one.
    package init(
        settings: Settings, inheritedSockets: [Int32], privileges: PrivilegeReduction, logger: Logger, host: any Host,
        reread: @escaping @Sendable () throws -> Settings
    ) throws(ListenAddressError) {
        var settings = settings
        settings.prepareForDaemon()
        self.settings = settings
        self.reread = reread
        self.logger = logger
        state = DaemonState(settings: settings, privileges: privileges, logger: logger, host: host)
        keeper = CollectionKeeper(
            EBPFMetricsCollector(configuration: settings.collector, logger: logger, metrics: nil, host: host))
        var web = ServerConfiguration(
            inheritedSockets: inheritedSockets, webConfigFile: settings.web.configFile)
        if inheritedSockets.isEmpty {
            for address in settings.web.listenAddresses { web.listenAddresses.append(try ListenAddress(address)) }
        }
        web.limits.connections = settings.web.maxConnections
        server = MetricsServer(
            configuration: web, site: DaemonSite(keeper: keeper, state: state), logger: logger)
    }

    /// Runs until SIGTERM or SIGINT, or until its service group shuts down.
    ///
    /// - Throws: what is wrong with an address, a web config file, or the OTLP settings; then nothing was served.
    public func run() async throws {
        logger.info("\(state.privileges.summary)")
        let exporter: OTLPExporter? = try exporter()
        let addresses = try await server.bind()
        let scheme = await server.usesTLS ? "https" : "http"
        for address in addresses {
            logger.info("listening on \(scheme)://\(address.hostAndPort)\(settings.web.telemetryPath)")
        }
        let manager = ServiceManager()
        var services: [any Service] = [
            server, CollectionService(keeper: keeper, exporter: exporter, logger: logger),
            ReloadService(
                state: state, keeper: keeper, server: server, manager: manager, logger: logger, reread: reread),
        ]
        if let exporter { services.append(exporter) }
        if let manager { services.append(ManagerService(manager: manager, keeper: keeper, logger: logger)) }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(15)
        try await ServiceGroup(configuration: configuration).run()
        logger.info("stopped")
    }

    #if OTLP
        private func exporter() throws -> OTLPExporter? {
            guard let otlp = settings.otlp else { return nil }
            // Of the library's shared threads there would be one for each processor.
            let exporter = try OTLPExporter(
                settings: otlp, logger: logger, group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            // Without a query, which may hold a secret.
            let endpoint = try OTLPSettings.Endpoint(otlp.endpoint, setBy: "otlp.endpoint")
            logger.info("pushing to \(endpoint)")
            return exporter
        }
    #else
        private func exporter() throws -> OTLPExporter? {
            guard settings.otlp != nil else { return nil }
            throw MissingFeature(
                description: "otlp.endpoint is set, but this program was built without OTLP: use the full build")
        }
    #endif
}

extension SocketAddress {
    /// As a URL has it.
    fileprivate var hostAndPort: String {
        guard let host = ipAddress, let port else { return "\(self)" }
        return self.protocol == .inet6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// A setting asks for something that was left out of this build.
struct MissingFeature: Error, CustomStringConvertible {
    let description: String
}

extension Settings {
    /// What a daemon has that a look by hand has not.
    mutating func prepareForDaemon() {
        collector.reportsProcess = true
        collector.enablesRunStatistics = holdsRunStatistics
        // Text, OpenMetrics and protobuf, and as much again for what is compressed of them.
        collector.keptRenderings = 4
    }
}
