import ArgumentParser
import Glibc
import Settings

/// The command line. A mistake is answered by one line on standard error and exit status 64.
@main
struct Main {
    static func main() {
        do {
            var command = try EBPFMetricsCommand.parseAsRoot()
            if let staged = command as? any StagedCommand {
                run(try staged.prepare())
            } else if let concurrent = command as? any ConcurrentCommand {
                run {
                    var command = concurrent
                    try await command.run()
                }
            } else {
                try command.run()
            }
        } catch {
            finish(with: error)
        }
    }

    /// Runs what may have many threads, and ends the program with it.
    private static func run(_ body: @escaping @Sendable () async throws -> Void) -> Never {
        Task.detached {
            do {
                try await body()
                exit(0)
            } catch {
                finish(with: error)
            }
        }
        // Not dispatchMain(), which ends this thread: unwinding it takes a static build 70 ms and 800 kB.
        while true { pause() }
    }

    private static func finish(with error: any Error) -> Never {
        switch error {
        case let errors as SettingsErrors: fail(errors.errors.map(\.description), errors.status)
        case let error as CommandError: fail([error.description], error.status)
        default: break
        }
        let code = EBPFMetricsCommand.exitCode(for: error)
        let isHelp = code == .success
        let text = isHelp ? EBPFMetricsCommand.fullMessage(for: error) : EBPFMetricsCommand.message(for: error)
        if isHelp {
            print(text)
        } else if !text.isEmpty {
            // Some of the parser's messages go over several lines; ours is one.
            fail([text.split(whereSeparator: \.isNewline).joined(separator: " ")], code)
        }
        exit(code.rawValue)
    }

    private static func fail(_ lines: [String], _ code: ExitCode) -> Never {
        for line in lines { Output.write(Array("ebpf-metrics: \(line)\n".utf8), to: STDERR_FILENO) }
        exit(code.rawValue)
    }
}

/// A command with something to do while there is one thread only.
protocol StagedCommand: ParsableCommand {
    /// Does that, and answers what is left to do.
    func prepare() throws -> @Sendable () async throws -> Void
}

/// A command that runs concurrently.
protocol ConcurrentCommand: AsyncParsableCommand, Sendable {}

struct EBPFMetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ebpf-metrics",
        abstract:
            "What eBPF costs this host: programs, maps, links, their memory and holders, with whatever rights there are.",
        discussion: """
            Run "ebpf-metrics collect" for what this host holds, "ebpf-metrics doctor" for what this process may see of it and \
            why, and "ebpf-metrics serve" to have it all in Prometheus or OpenTelemetry. "ebpf-metrics config print" shows \
            every setting there is.
            """,
        version: "ebpf-metrics \(versionText)",
        subcommands: [Serve.self, Collect.self, Doctor.self, Record.self, ConfigCommand.self]
    )
}
