public import Foundation
import Glibc
public import Testing

/// Virtual machines with other kernels, by `scripts/guest`.
public enum Guest {
    /// Where `scripts/fetch-kernels` puts kernels.
    private static let store: URL = {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["EBPF_METRICS_KERNELS"] { return URL(filePath: path) }
        let cache = environment["XDG_CACHE_HOME"] ?? "\(environment["HOME"] ?? "")/.cache"
        return URL(filePath: cache + "/ebpf-metrics/kernels")
    }()

    /// The kernels that are wanted and there, by the folders' names.
    public static let kernels: [String] = (ProcessInfo.processInfo.environment["EBPF_METRICS_TEST_KERNELS"] ?? "")
        .split(separator: " ").map(String.init).filter { access(image($0), R_OK) == 0 }

    /// Why nothing is booted, when there are none.
    public static let reason: Comment =
        "boots virtual machines with other kernels, for minutes: make test-kernels fetches them, and asks for it"

    /// Why nothing is booted, when there is no emulator.
    public static let emulatorReason: Comment = "needs QEMU, busybox and cpio: make setup-kernels"

    /// What came of a run.
    public struct Result: Sendable {
        /// That of the script in the guest, or of `scripts/guest` itself.
        public let status: Int32
        /// Why, in its words.
        public let errors: String
        /// How long it took, in seconds.
        public let seconds: Double
        /// Where its results are.
        public let folder: URL

        /// A file of the results; empty when it is not there.
        public func text(_ path: String) -> String {
            (try? String(contentsOf: folder.appending(path: path), encoding: .utf8)) ?? ""
        }

        /// The kernel's own account of faults; empty when there was none.
        public var oops: String { text("oops") }
    }

    /// The exit status of `scripts/guest` when the kernel had a fault.
    public static let fault: Int32 = 120

    /// Runs a script of busybox's sh as root on a kernel, with these files by their paths in the guest.
    ///
    /// The results go where `EBPF_METRICS_GUEST_RESULTS` says, to stay there by this name, or to a folder that is taken
    /// away.
    public static func run<Value>(
        kernel: String, as name: String, script: String, files: [(URL, String)], seconds: Int,
        _ body: (Result) throws -> Value
    ) throws -> Value {
        let kept = ProcessInfo.processInfo.environment["EBPF_METRICS_GUEST_RESULTS"]
        let folder =
            kept.map { URL(filePath: $0).appending(path: name) }
            ?? FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-guest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { if kept == nil { try? FileManager.default.removeItem(at: folder) } }
        let start = ContinuousClock.now
        let result = try Program(
            Fixtures.root.appending(path: "scripts/guest").path,
            ["-t", "\(seconds)", "-k", image(kernel), "-o", folder.path, script]
                + files.map { "\($0.path):\($1)" }
        ).run()
        let took = ContinuousClock.now - start
        return try body(
            Result(
                status: result.status, errors: result.errors, seconds: took / .seconds(1), folder: folder))
    }

    /// What `uname -r` says on a kernel that is there.
    public static func release(_ kernel: String) -> String {
        ((try? String(contentsOf: store.appending(path: "\(kernel)/release"), encoding: .utf8)) ?? "")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A line of standard output, at once: a run takes minutes.
    public static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private static func image(_ kernel: String) -> String { store.appending(path: "\(kernel)/vmlinuz").path }
}
