public import Foundation
import Glibc

/// A program of this package or of the system, run to its end.
public struct Program: Sendable {
    private let arguments: [String]

    /// The program and its arguments.
    public var words: [String] { arguments }

    /// A program by its path, or by its name in the usual folders, with its first arguments.
    public init(_ path: String, _ arguments: [String] = []) {
        self.arguments = [Self.find(path) ?? path] + arguments
    }

    /// The collector as it was built beside the tests.
    public static let collector = Program(buildFolder + "/ebpf-metrics")
    /// The workload as it was built beside the tests.
    public static let workloadPath = buildFolder + "/bpf-workload"
    /// The path of the collector.
    public static let collectorPath = buildFolder + "/ebpf-metrics"

    /// What came of a run.
    public struct Result: Sendable {
        /// The exit status; negative for a signal.
        public let status: Int32
        /// Standard output.
        public let output: Data
        /// Standard error.
        public let errors: String

        /// Standard output as text.
        public var text: String { String(decoding: output, as: UTF8.self) }

        /// Standard output as JSON.
        public func json() throws -> JSON { try JSON(output) }
    }

    /// This program with more arguments.
    public func with(_ more: String...) -> Program { with(more) }

    /// This program with more arguments.
    public func with(_ more: [String]) -> Program { Program(arguments[0], Array(arguments.dropFirst()) + more) }

    /// This program as the last arguments of another, which runs it: `setpriv`, `unshare`.
    public func under(_ runner: Program) -> Program { runner.with(arguments) }

    /// Runs it to its end.
    public func run(environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        // What tells the tests how to run is no setting of the program.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("EBPF_METRICS_") }
            .merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Standard error is small; it is read after standard output, which may be large.
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let status =
            process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
        return Result(status: status, output: bytes, errors: text)
    }

    /// Where a system program is; nil when it is not installed.
    public static func find(_ name: String) -> String? {
        if name.contains("/") { return name }
        return ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"].map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// The folder of the running test bundle: the package's programs are built into it as well.
    private static let buildFolder: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? Bundle.main.executablePath ?? ""
        let folder = URL(filePath: bundle).deletingLastPathComponent().path
        return access(folder + "/ebpf-metrics", X_OK) == 0 ? folder : Fixtures.root.appending(path: ".build/debug").path
    }()
}
