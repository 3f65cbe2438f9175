import ArgumentParser
import EBPFMetrics
import Glibc
import Recordings
import Settings

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        // Made of the type's name, which is the default, it takes 2 ms of each start.
        commandName: "record",
        abstract: "Write down what this host tells about its eBPF objects, to be looked at elsewhere.",
        discussion: """
            The folder then holds plain text and JSON that explains itself (README.md in it): procfs files of eBPF objects and \
            of who holds them, pins, what bpf(2) answered, and what was refused. Of descriptors that are no eBPF object only \
            their number is recorded; of maps, nothing that is in them. Look at it with "ebpf-metrics collect --replay FOLDER", \
            or "doctor" and "serve".

            Exit status: 0 also when not everything could be seen; 64 for a mistake on the command line; 74 when the folder \
            cannot be written.
            """
    )

    @OptionGroup var options: CollectionOptions<RecordSettings>

    @Flag(
        help: "Put stand-ins in the place of command names, paths and container ids, the same for the same everywhere.")
    var redact = false

    @Argument(help: ArgumentHelp("The folder to make; it must not be there yet, or be empty.", valueName: "folder"))
    var folder: String

    func run() throws {
        let collector = try options.load(for: .collect, orElse: .all).settings.collector
        let recorder = Recorder(
            program: "ebpf-metrics \(versionText)", paths: collector.paths,
            allowsUnsafeLinkFDInfo: collector.allowsUnsafeLinkFDInfo, usesPidfdGetfd: collector.usesPidfdGetfd)
        let recording = recorder.record()
        do {
            try (redact ? recording.redacted() : recording).write(to: folder)
        } catch {
            throw CommandError("\(error)", ExitCode(EX_IOERR))
        }
        Output.write(Array("\(folder): \(recording.summary)\n".utf8))
    }
}
