public import ArgumentParser
import EBPFMetrics
public import Exposition
import Glibc
import KernelSources
import Settings

struct Collect: ConcurrentCommand {
    static let configuration = CommandConfiguration(
        // Made of the type's name, which is the default, it takes 2 ms of each start.
        commandName: "collect",
        abstract: "Show the eBPF objects of this host once, or again and again.",
        discussion: """
            Without --profile and --prefix, all objects that can be seen. What cannot be seen is unknown, never 0; a total \
            that may be larger is shown as a lower bound.

            File and environment describe the daemon. From them this command takes what it needs to look at the same host: \
            source, deadline, pidfd_getfd, unsafe_link_fdinfo, log_level, path.*, collection.fd_budget.* and \
            metrics.prefix; what it shows is for flags only.

            Exit status: 0 also when not everything could be seen; 3 with --require-complete in that case; 64 for a \
            mistake on the command line; 65 for one in the configuration file; 74 when the output cannot be written.
            """
    )

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case table, json, prometheus, openmetrics
    }

    @OptionGroup var options: CollectionOptions<CollectSettings>
    @OptionGroup var replay: ReplayOptions

    @Option(help: "How to print: table, json (docs/schema/collect-v1.schema.json), prometheus or openmetrics.")
    var format: Format = .table

    @Option(help: "What comes first in the lists of the table: memory, id or name.")
    var sort: SnapshotTable.Order = .memory

    @Option(help: ArgumentHelp("The most lines in each list of the table; 0 for all.", valueName: "count"))
    var top = 0

    @Flag(help: "List the pins in the table, too.")
    var pins = false

    @Option(help: ArgumentHelp("Collect again every so many seconds, until interrupted.", valueName: "seconds"))
    var watch: Double?

    @Flag(help: "Exit with status 3 when not all programs, maps, links and their memory could be seen.")
    var requireComplete = false

    func validate() throws {
        guard top >= 0 else {
            throw ValidationError("--top '\(top)' is negative; give a number of lines, or 0 for all")
        }
        if watch != nil, requireComplete {
            throw ValidationError("--watch and --require-complete do not go together: watching never ends by itself")
        }
        if let watch {
            guard watch >= 0.1, watch <= 86_400 else {
                throw ValidationError("--watch '\(watch)' is not a number of seconds from 0.1 to 86400")
            }
        }
    }

    func run() async throws {
        let recorded = try replay.host(options.flags.values)
        let settings = try options.load(for: .collect, orElse: .all, on: recorded).settings
        var configuration = settings.collector
        // Nothing comes after a single collection.
        if watch == nil { configuration.fullInterval = .zero }
        configuration.resolvesFullNames = format == .table || format == .json
        let collector = EBPFMetricsCollector(
            configuration: configuration, logger: settings.logger, metrics: nil, host: recorded ?? LiveHost())
        while true {
            let snapshot = await collector.collect()
            await show(snapshot, collector, showsHolders: configuration.collectsHolders)
            if let warning = recorded?.warning { Output.warn(warning) }
            guard let watch else {
                if requireComplete, !snapshot.isComplete { throw ExitCode(3) }
                return
            }
            try await Task.sleep(for: .milliseconds(Int64(watch * 1000)))
        }
    }

    private func show(_ snapshot: Snapshot, _ collector: EBPFMetricsCollector, showsHolders: Bool) async {
        switch format {
        case .table:
            var table = SnapshotTable()
            table.order = sort
            table.top = top == 0 ? nil : top
            table.showsPins = pins
            table.showsHolders = showsHolders
            table.isColoured = Output.isColoured
            let text = table.text(of: snapshot)
            // On a terminal each look takes the place of the one before.
            let clear = watch != nil && Output.isTerminal ? "\u{1B}[H\u{1B}[2J" : ""
            Output.write(Array((clear + text + (watch == nil ? "" : "\n")).utf8))
        case .json:
            SnapshotJSON.write(snapshot) { Output.write($0) }
        case .prometheus:
            PrometheusText.write(await collector.registry) { Output.write($0) }
        case .openmetrics:
            OpenMetricsText.write(await collector.registry) { Output.write($0) }
        }
    }
}

extension SnapshotTable.Order: ExpressibleByArgument {}
