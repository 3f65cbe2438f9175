public import ArgumentParser
public import EBPFMetrics
import KernelObjects
import KernelSources
public import Logging

/// What is collected, and where: the options that commands share.
struct CollectionOptions: ParsableArguments {
    @Option(help: "Begin with a profile: \(CollectorConfiguration.Profile.list).")
    var profile: CollectorConfiguration.Profile?

    @Option(
        help: ArgumentHelp(
            "Only programs whose kernel name begins with this, and what they use. Repeatable.", valueName: "text"))
    var prefix: [String] = []

    @Option(
        help: ArgumentHelp(
            "Use these sources instead of choosing: \(SourceKind.list), separated by commas.", valueName: "sources"))
    var source: SourceList?

    @Option(name: .customLong("path.procfs"), help: ArgumentHelp("The procfs to look at.", valueName: "path"))
    var procfs = "/proc"

    @Option(name: .customLong("path.sysfs"), help: ArgumentHelp("The sysfs to look at.", valueName: "path"))
    var sysfs = "/sys"

    @Option(
        name: .customLong("path.bpffs"),
        help: ArgumentHelp("The one bpffs to walk, instead of every mounted one.", valueName: "path"))
    var bpffs: String?

    @Flag(name: .customLong("no-pidfd-getfd"), help: "Do not copy other processes' fds to learn names and maps.")
    var noPidfdGetfd = false

    @Flag(
        name: .customLong("unsafe-link-fdinfo"),
        help: "Read the fdinfo of links even on kernels (6.17 to 6.19.13) that may crash of it.")
    var unsafeLinkFDInfo = false

    @Option(help: ArgumentHelp("The longest a collection may take.", valueName: "seconds"))
    var deadline: Double = 30

    @Option(help: "What goes to standard error: \(Logger.Level.list).")
    var logLevel: Logger.Level = .warning

    /// - Parameter fallback: the profile when none is asked for.
    func configuration(orElse fallback: CollectorConfiguration.Profile) throws -> CollectorConfiguration {
        guard deadline > 0, deadline <= 86_400 else {
            throw ValidationError("--deadline '\(deadline)' is not a number of seconds above 0 and up to 86400")
        }
        if prefix.contains(where: \.isEmpty) {
            throw ValidationError("--prefix '' is empty; give the beginning of a name")
        }
        var configuration = CollectorConfiguration.of(profile ?? fallback)
        if !prefix.isEmpty { configuration.programPrefixes = prefix }
        configuration.sources = source?.kinds
        configuration.paths = HostPaths(procfs: procfs, sysfs: sysfs, bpffs: bpffs)
        configuration.usesPidfdGetfd = !noPidfdGetfd
        configuration.allowsUnsafeLinkFDInfo = unsafeLinkFDInfo
        configuration.deadline = .milliseconds(Int64(deadline * 1000))
        do {
            try configuration.paths.validate()
        } catch {
            throw ValidationError("\(error)")
        }
        return configuration
    }

    var logger: Logger {
        var logger = Logger(label: "ebpf-metrics") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        return logger
    }
}

extension CollectorConfiguration.Profile: ExpressibleByArgument {
    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension Logger.Level: @retroactive ExpressibleByArgument {
    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension SourceKind {
    static var list: String { allCases.map(\.name).joined(separator: ", ") }
}

/// A list of sources as the user types it.
struct SourceList: ExpressibleByArgument {
    let kinds: [SourceKind]

    init?(argument: String) {
        var kinds: [SourceKind] = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = SourceKind(name: String(word)) else { return nil }
            kinds.append(kind)
        }
        self.kinds = kinds
    }

    static var allValueStrings: [String] { SourceKind.allCases.map(\.name) }
}
