import ArgumentParser
import EBPFMetrics
import Glibc
import KernelSources
import Recordings

/// Looking at a recording instead of this host.
struct ReplayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Look at a recording that 'record' has made, instead of this host; takes no right.", valueName: "folder"))
    var replay: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            """
            With --replay: see what somebody with exactly these capabilities would have seen, such as CAP_SYS_PTRACE,CAP_BPF \
            or none; of the user nobody, or with a user id before a colon: 0:none.
            """, valueName: "capabilities"))
    var identity: String?

    func validate() throws {
        if identity != nil, replay == nil {
            throw ValidationError(
                "--as goes with --replay only: on this host, setpriv or systemd takes capabilities away")
        }
        if let identity { _ = try Self.identity(identity) }
    }

    private static func identity(_ text: String) throws -> Identity {
        do throws(AssumedRightsError) { return try Identity(text) } catch {
            throw ValidationError("--as \(error)")
        }
    }

    /// The recorded host; nil when it is this one that is looked at.
    ///
    /// - Parameter flags: those given, by the settings' keys.
    func host(
        _ flags: [String: [String]], onGap: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> ReplayedHost? {
        guard let replay else { return nil }
        if let path = flags.keys.sorted().first(where: { $0.hasPrefix("path.") }) {
            throw ValidationError(
                "--replay and --\(path) do not go together: a recording has its own paths")
        }
        let recording: Recording
        do throws(RecordingError) { recording = try Recording(from: replay) } catch {
            throw CommandError("\(error)", ExitCode(EX_DATAERR))
        }
        do throws(AssumedRightsError) {
            return try ReplayedHost(
                recording, assuming: try identity.map { text throws(AssumedRightsError) in try Identity(text) },
                onGap: onGap)
        } catch {
            throw CommandError("--as: \(error)", ExitCode(EX_DATAERR))
        }
    }
}

extension ReplayedHost {
    /// Looks where, and how, the recorder looked.
    func prepare(_ configuration: inout CollectorConfiguration) {
        configuration.paths = recording.about.paths
        configuration.usesPidfdGetfd = configuration.usesPidfdGetfd && recording.about.usesPidfdGetfd
        configuration.allowsUnsafeLinkFDInfo = recording.about.allowsUnsafeLinkFDInfo
    }

    /// A line for the user when the recording had no answer to something.
    var warning: String? {
        let gaps = gaps
        guard let first = gaps.first else { return nil }
        return
            "the recording has no answer to \(gaps.count == 1 ? "one question" : "\(gaps.count) questions") of this program, such as \(first)"
    }
}
