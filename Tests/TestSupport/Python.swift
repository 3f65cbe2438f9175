import Foundation

/// Python with a module of somebody else's: an independent reader of what we write.
public struct Python: Sendable {
    private let interpreter: String
    /// Where `scripts/fetch-python` puts packages.
    private static let environment: [String: String] = {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache"
        return ["PYTHONPATH": environment["EBPF_METRICS_PYTHON"] ?? cache + "/ebpf-metrics/python"]
    }()

    /// A Python that can import the module: the first in the path, else the distribution's; nil when none can.
    public init?(with module: String) {
        let candidates = [["/usr/bin/env", "python3"], ["/usr/bin/python3"]]
        let found = candidates.first { words in
            let program = Program(words[0], Array(words.dropFirst()) + ["-c", "import \(module)"])
            return (try? program.run(environment: Self.environment))?.status == 0
        }
        guard let found else { return nil }
        interpreter = found.joined(separator: " ")
    }

    /// Runs a script on a file with these bytes, `sys.argv[1]`, and reads the JSON that it prints.
    public func read(_ bytes: [UInt8], _ script: String) throws -> JSON {
        let file = FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-\(UUID().uuidString)")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let words = interpreter.split(separator: " ").map(String.init)
        let result = try Program(words[0], Array(words.dropFirst()) + ["-c", script, file.path])
            .run(environment: Self.environment)
        guard result.status == 0 else { throw Failure(description: result.errors) }
        return try result.json()
    }

    /// What Python said when it refused.
    public struct Failure: Error, CustomStringConvertible {
        /// Its words.
        public let description: String
    }
}
