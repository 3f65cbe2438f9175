import Foundation
import Glibc
public import Testing

/// Real BPF objects, made and held by a program of their own, and told in its manifest.
public final class Workload: Sendable {
    /// What was made.
    public let objects: [JSON]
    private let process: Process
    private let input: Pipe
    private let output: Pipe

    /// Makes objects; they live until `end`.
    public init(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: Program.workloadPath)
        process.arguments = arguments
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var objects: [JSON] = []
        var pending = Data()
        var isReady = false
        while !isReady {
            let chunk = output.fileHandleForReading.availableData
            if chunk.isEmpty { throw Failure.ended(process.terminationStatus) }
            pending.append(chunk)
            while let newline = pending.firstIndex(of: 0x0A) {
                let line = try JSON(Data(pending[pending.startIndex..<newline]))
                pending = Data(pending[pending.index(after: newline)...])
                if line["kind"].string == "ready" { isReady = true } else { objects.append(line) }
            }
        }
        self.objects = objects
        self.process = process
        self.input = input
        self.output = output
    }

    /// Why there is no workload.
    public enum Failure: Error {
        case ended(Int32)
    }

    /// With `--grow`: lets the map grow once, and tells what it is then.
    public func grow() throws -> JSON {
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        var line = Data()
        while line.last != 0x0A {
            let chunk = output.fileHandleForReading.availableData
            if chunk.isEmpty { throw Failure.ended(process.terminationStatus) }
            line.append(chunk)
        }
        return try JSON(line)
    }

    /// The objects of a kind.
    public func of(_ kind: String) -> [JSON] { objects.filter { $0["kind"].string == kind } }

    /// Lets everything go.
    public func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Makes objects, lends them, and lets them go.
    public static func with<Value>(_ arguments: [String], _ body: (Workload) throws -> Value) throws -> Value {
        let workload = try Workload(arguments)
        defer { workload.end() }
        return try body(workload)
    }
}

/// A bpffs of its own, for pins that nobody else walks.
public struct PrivateBpffs {
    /// Where it is mounted.
    public let path: String

    /// Mounts one, lends it, and takes it away.
    public static func with<Value>(_ body: (PrivateBpffs) throws -> Value) throws -> Value {
        var template = Array("/tmp/ebpf-metrics-bpffs-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
        defer { rmdir(path) }
        guard mount("bpf", path, "bpf", 0, nil) == 0 else { throw POSIXError(.EPERM) }
        defer { umount2(path, Int32(MNT_DETACH)) }
        return try body(PrivateBpffs(path: path))
    }
}

/// What this machine lets the tests do; each test that needs more names it in its `enabled` trait.
public enum Rights {
    /// BPF objects can be made and all ids walked: root in the initial namespaces, and no seccomp filter in the way.
    public static let canRunBPF: Bool = {
        guard geteuid() == 0 else { return false }
        guard let result = try? Program(Program.workloadPath, ["--maps", "1", "--programs", "1"]).run() else {
            return false
        }
        return result.status == 0 && result.text.contains("ready")
    }()

    /// The reason that is shown when it is not so.
    public static let bpfReason: Comment = "needs root and bpf(2): makes real BPF objects"

    #if Libbpf
        /// Whether this build can walk ids.
        public static let hasLibbpf = true
    #else
        /// Whether this build can walk ids.
        public static let hasLibbpf = false
    #endif

    /// The reason that is shown when it cannot.
    public static let libbpfReason: Comment = "needs libbpf, which this build leaves out"

    /// Whether all these programs are installed.
    public static func has(_ programs: String...) -> Bool { programs.allSatisfy { Program.find($0) != nil } }
}
