import ArgumentParser
import Glibc
import Settings

/// Tells about configurations.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check a configuration, or show what is in force and why.",
        subcommands: [ConfigCheck.self, ConfigPrint.self])
}

struct ConfigCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for mistakes in a configuration file.",
        discussion: """
            Reads the file as a daemon would, but without environment and flags.

            Exit status: 0 when it is all right, 65 when it is not: then there is a line for each mistake on standard \
            error; 66 when it cannot be read.
            """)

    @Argument(help: "The configuration file, in YAML.")
    var file: String

    func run() throws {
        let loaded = try Settings.load(file: try ConfigurationFile.read(file))
        for warning in loaded.warnings { Output.warn(warning) }
        Output.write(Array("\(file) is all right\n".utf8))
    }
}

struct ConfigPrint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print",
        abstract: "Show every setting of a daemon, and where its value comes from.",
        discussion: """
            Flags are stronger than the environment (each flag's name in capitals, with EBPF_METRICS_ before it and _ for \
            . and -), that is stronger than the file, and the profile is the weakest. Values that are secret are not shown.

            Exit status: 0; 64 for a mistake in flags or environment, 65 for one in the file; 66 when it cannot be read.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, yaml
    }

    @OptionGroup var options: SettingsOptions

    @Option(help: "How to print: text, or yaml to be used as a file.")
    var format: Format = .text

    func run() throws {
        let loaded = try options.load()
        for warning in loaded.warnings { Output.warn(warning) }
        Output.write(Array((format == .text ? loaded.text() : loaded.yaml()).utf8))
    }
}
