import ArgumentParser
import Glibc
import KernelSources
import Logging
import MetricsDaemon
import MetricsServer
import Settings

struct Serve: StagedCommand {
    static let configuration = CommandConfiguration(
        // Made of the type's name, which is the default, it takes 2 ms of each start.
        commandName: "serve",
        abstract: "Collect on an interval, answer scrapes, and push to OpenTelemetry where an endpoint is set.",
        discussion: """
            Starts with the profile production and listens on 127.0.0.1:9944. Capabilities that neither the plan nor its \
            fallbacks use are dropped at the start. SIGHUP reads configuration, certificates and users again; SIGTERM and \
            SIGINT stop it.

            Pages: the metrics (Prometheus text, OpenMetrics, protobuf), / for people, /healthz, /readyz; /doctor and \
            /api/v1/inventory, which name processes, for this host and for users of the web config file only.

            Exit status: 0 when it was stopped; 64 for a mistake in flags or environment; 65 for one in the configuration \
            file; 66 when that cannot be read; 69 when it cannot serve: an address that is taken, a certificate that cannot be used.
            """)

    @OptionGroup var options: SettingsOptions
    @OptionGroup var replay: ReplayOptions

    func prepare() throws -> @Sendable () async throws -> Void {
        MetricsDaemon.prepareProcess()
        // One that comes before there is a handler waits for it.
        var hangup = sigset_t()
        sigemptyset(&hangup)
        sigaddset(&hangup, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &hangup, nil)
        let recorded = try replay.host(options.values) {
            Output.warn("the recording has no answer to a question of this program: \($0)")
        }
        let loaded = try options.load(on: recorded)
        for warning in loaded.warnings { Output.warn(warning) }
        let settings = loaded.settings
        let sockets = try Self.sockets(settings)
        // The kernel drops capabilities for one thread alone.
        let privileges =
            recorded == nil ? PrivilegeReduction.apply(settings) : PrivilegeReduction.dropAll(but: settings)
        let options = options
        return {
            do {
                let daemon = try MetricsDaemon(
                    settings: settings, inheritedSockets: sockets, privileges: privileges, logger: settings.logger,
                    host: recorded ?? LiveHost()
                ) {
                    let loaded = try options.load(on: recorded)
                    for warning in loaded.warnings { settings.logger.warning("\(warning)") }
                    return loaded.settings
                }
                try await daemon.run()
            } catch {
                throw CommandError("\(error)", ExitCode(EX_UNAVAILABLE))
            }
        }
    }

    private static func sockets(_ settings: Settings) throws -> [Int32] {
        guard settings.web.usesSystemdSocket else { return [] }
        do {
            let sockets = try SocketActivation.take()
            guard !sockets.isEmpty else {
                throw CommandError(
                    "web.systemd_socket is set, but systemd hands over no socket: start the socket unit, or set an address",
                    ExitCode(EX_UNAVAILABLE))
            }
            return sockets
        } catch let error as SocketActivationError {
            throw CommandError("\(error)", ExitCode(EX_UNAVAILABLE))
        }
    }
}
