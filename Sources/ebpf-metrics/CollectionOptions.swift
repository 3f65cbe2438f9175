import ArgumentParser
import EBPFMetrics
import KernelSources
import Logging
import Recordings
import Settings

/// What is collected, and where: the options of a command that looks once.
struct CollectionOptions<Selection: SettingSelection>: ParsableArguments {
    @OptionGroup var file: ConfigurationFile
    @OptionGroup var flags: SettingFlags<Selection>

    /// Puts the layers together for a command, and looks whether the paths lead where they should.
    ///
    /// - Parameters:
    ///   - profile: the profile when none is asked for.
    ///   - host: the recorded host that is looked at instead of this one.
    func load(
        for command: Settings.Command, orElse profile: CollectorConfiguration.Profile, on host: ReplayedHost? = nil
    ) throws -> Settings.Loaded {
        var loaded = try file.load(flags: flags.values, for: command, orElse: profile)
        if let host { host.prepare(&loaded.settings.collector) } else { try loaded.validatePaths() }
        let logger = loaded.settings.logger
        for warning in loaded.warnings { logger.warning("\(warning)") }
        return loaded
    }
}

extension Settings.Loaded {
    /// Looks whether the paths lead where they should.
    func validatePaths() throws {
        do {
            try settings.collector.paths.validate()
        } catch {
            throw ValidationError("\(error)\(origin(of: error))")
        }
    }

    /// Where a path comes from that is not what it should be: the problem calls it by its flag.
    private func origin(of problem: HostPaths.Problem) -> String {
        let setting = Setting.all.first { problem.description.hasPrefix("\($0.flag) ") }
        switch setting.flatMap({ origins[$0.key] }) {
        case nil, .flag: return ""
        case let origin?: return " (it is set by \(origin))"
        }
    }
}

extension Settings {
    /// A log on standard error.
    var logger: Logger {
        var logger = Logger(label: "ebpf-metrics") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        return logger
    }
}
