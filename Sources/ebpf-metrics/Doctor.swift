import ArgumentParser
import EBPFMetrics
import Exposition

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explain what this process may see, why not more, and what to grant.",
        discussion: """
            The filter that is explained is the one of --profile or --prefix; without them that of the profile production, \
            with which a daemon starts.

            Exit status: 0 when every object can be seen, 1 when some can, 2 when nothing can be seen beyond this user's \
            own processes; 64 for a mistake on the command line.
            """
    )

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    @OptionGroup var options: CollectionOptions

    @Option(help: "How to print: text or json (docs/schema/doctor-v1.schema.json).")
    var format: Format = .text

    func run() async throws {
        let asked = try options.configuration(orElse: .production)
        // The diagnosis looks at everything; the filter is only explained.
        var configuration = try options.configuration(orElse: .all)
        configuration.profile = .all
        configuration.collectsHolders = true
        configuration.programPrefixes = []
        configuration.maxMemoryBytes = CollectorConfiguration.all.maxMemoryBytes
        configuration.maxMapsToTrack = nil
        configuration.maxProgramsToTrack = nil
        let collector = EBPFMetricsCollector(configuration: configuration, logger: options.logger)
        let report = DoctorReport(await collector.collect(), prefixes: asked.programPrefixes)
        switch format {
        case .text: Output.write(Array(DoctorText(isColoured: Output.isColoured).text(of: report).utf8))
        case .json: DoctorJSON.write(report) { Output.write($0) }
        }
        if report.verdict != .complete { throw ExitCode(report.verdict.rawValue) }
    }
}
