import ArgumentParser
import EBPFMetrics
import Glibc
import LinuxSystem
import Settings

/// The flag that names the configuration file, and the reading of it.
struct ConfigurationFile: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The configuration file, in YAML. Otherwise \(Settings.fileVariable) names it.", valueName: "file"))
    var path: String?

    /// Puts flags, environment and file together.
    func load(
        flags: [String: [String]], for command: Settings.Command,
        orElse profile: CollectorConfiguration.Profile = .production
    ) throws -> Settings.Loaded {
        let environment = Self.environment()
        let named = path ?? environment[Settings.fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        return try Settings.load(
            flags: flags, environment: environment, file: try named.map(Self.read), baseProfile: profile, for: command)
    }

    /// Reads a file; far more than a configuration has is refused.
    static func read(_ path: String) throws -> Settings.File {
        let most = 1 << 20
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileContents.read(path, limit: most + 1)
        } catch {
            throw CommandError("the configuration '\(path)' cannot be read (\(error))", ExitCode(EX_NOINPUT))
        }
        guard bytes.count <= most else {
            throw CommandError("the configuration '\(path)' is larger than 1 MiB", ExitCode(EX_DATAERR))
        }
        return Settings.File(path: path, bytes: bytes)
    }

    /// This process's environment.
    static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        // SAFETY: environ is an array of NUL-terminated strings that ends with NULL; nothing here changes it.
        while let entry = next.pointee {
            let text = String(cString: entry)
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return variables
    }
}

/// A failure with a line for the user and an exit status of its own.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    let status: ExitCode

    init(_ description: String, _ status: ExitCode) {
        self.description = description
        self.status = status
    }
}

extension SettingsErrors {
    /// 65 when all that is wrong is in the file, 64 otherwise.
    var status: ExitCode {
        let isFileOnly = errors.allSatisfy { error in
            if case .file = error.origin { true } else { false }
        }
        return ExitCode(isFileOnly ? EX_DATAERR : EX_USAGE)
    }
}
