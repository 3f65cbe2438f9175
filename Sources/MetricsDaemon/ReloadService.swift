internal import EBPFMetrics
internal import LinuxSystem
internal import Logging
internal import MetricsServer
internal import ServiceLifecycle
internal import Settings
internal import UnixSignals

/// Reads the settings, certificates and users again on SIGHUP. What is counted goes on counting.
struct ReloadService: Service {
    let state: DaemonState
    let keeper: CollectionKeeper
    let server: MetricsServer
    let manager: ServiceManager?
    let logger: Logger
    let reread: @Sendable () throws -> Settings

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            try? manager?.notify(.reloading)
            await reload()
            try? manager?.notify(.ready)
        }
    }

    /// Takes over what can be taken over; with a mistake in a file, all goes on as it was.
    func reload() async {
        do {
            var settings = try reread()
            settings.prepareForDaemon()
            let old = state.settings
            let fixed = old.differencesThatNeedARestart(from: settings)
            if !fixed.isEmpty {
                logger.warning(
                    "these settings have changed, but only a restart takes them over: \(fixed.joined(separator: ", "))")
            }
            let lacking = state.privileges.lacking(settings)
            if !lacking.isEmpty {
                let names = lacking.members.map(\.description).joined(separator: " ")
                logger.warning("these settings need \(names), which this daemon dropped at its start: restart it")
            }
            // Those stay as they are, so that pages tell what is in force.
            let telemetryPath = settings.web.telemetryPath
            settings.web = old.web
            settings.web.telemetryPath = telemetryPath
            (settings.otlp, settings.logLevel) = (old.otlp, old.logLevel)
            settings.keepsCapabilities = old.keepsCapabilities
            state.settings = settings
            await keeper.collector.reconfigure(settings.collector)
            logger.info("settings reloaded")
        } catch {
            logger.error("settings were not reloaded, the old ones stay in force: \(error)")
        }
        do {
            try await server.reload()
        } catch {
            logger.error("the web config was not reloaded, the old one stays in force: \(error)")
        }
    }
}

extension Settings {
    /// Names of settings that differ and are looked at only at the start.
    func differencesThatNeedARestart(from other: Settings) -> [String] {
        var names: [String] = []
        if web.listenAddresses != other.web.listenAddresses { names.append("web.listen_address") }
        if web.configFile != other.web.configFile { names.append("web.config.file") }
        if web.usesSystemdSocket != other.web.usesSystemdSocket { names.append("web.systemd_socket") }
        if web.maxConnections != other.web.maxConnections { names.append("web.max_connections") }
        if otlp != other.otlp { names.append("otlp") }
        if logLevel != other.logLevel { names.append("log_level") }
        if keepsCapabilities != other.keepsCapabilities { names.append("keep_capabilities") }
        return names
    }
}
