import ArgumentParser
import Glibc

/// The command line. A mistake is answered by one line on standard error and exit status 64.
@main
struct Main {
    static func main() async {
        do {
            var command = try EBPFMetricsCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            finish(with: error)
        }
    }

    private static func finish(with error: any Error) -> Never {
        let code = EBPFMetricsCommand.exitCode(for: error)
        let isHelp = code == .success
        let text = isHelp ? EBPFMetricsCommand.fullMessage(for: error) : EBPFMetricsCommand.message(for: error)
        if isHelp {
            print(text)
        } else if !text.isEmpty {
            // Some of the parser's messages go over several lines; ours is one.
            let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
            Output.write(Array("ebpf-metrics: \(line)\n".utf8), to: STDERR_FILENO)
        }
        exit(code.rawValue)
    }
}

struct EBPFMetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ebpf-metrics",
        abstract:
            "What eBPF costs this host: programs, maps, links, their memory and holders, with whatever rights there are.",
        discussion: """
            Run "ebpf-metrics collect" for what this host holds, and "ebpf-metrics doctor" for what this process may see \
            of it and why.
            """,
        version: "ebpf-metrics \(versionText)",
        subcommands: [Collect.self, Doctor.self]
    )
}
