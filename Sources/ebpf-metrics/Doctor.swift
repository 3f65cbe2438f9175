import ArgumentParser
import EBPFMetrics
import Exposition
import KernelSources
import Settings

struct Doctor: ConcurrentCommand {
    static let configuration = CommandConfiguration(
        // Made of the type's name, which is the default, it takes 2 ms of each start.
        commandName: "doctor",
        abstract: "Explain what this process may see, why not more, and what to grant.",
        discussion: """
            The filter that is explained is that of the daemon with these flags, environment and configuration file: \
            without any, that of the profile production.

            Exit status: 0 when every object can be seen, 1 when some can, 2 when nothing can be seen beyond this user's \
            own processes; 64 for a mistake on the command line, 65 for one in the \
            configuration file.
            """
    )

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    @OptionGroup var options: CollectionOptions<DoctorSettings>
    @OptionGroup var replay: ReplayOptions

    @Option(help: "How to print: text or json (docs/schema/doctor-v1.schema.json).")
    var format: Format = .text

    func run() async throws {
        let recorded = try replay.host(options.flags.values)
        let settings = try options.load(for: .doctor, orElse: .production, on: recorded).settings
        let report = await DoctorReport.diagnose(
            settings.collector, logger: settings.logger, maxMemoryBytes: CollectorConfiguration.all.maxMemoryBytes,
            on: recorded ?? LiveHost())
        if let warning = recorded?.warning { Output.warn(warning) }
        switch format {
        case .text: Output.write(Array(DoctorText(isColoured: Output.isColoured).text(of: report).utf8))
        case .json: DoctorJSON.write(report) { Output.write($0) }
        }
        if report.verdict != .complete { throw ExitCode(report.verdict.rawValue) }
    }
}
