public import Foundation
import Glibc

/// All sets of rights tried in a guest, by `scripts/guest-rows`.
public struct GuestRows: Sendable {
    /// A command for each row, and the name of what it leaves.
    public struct Command: Sendable {
        /// What its output is called.
        public let name: String
        /// The program and its arguments.
        public let words: [String]

        /// `OUT` among the words is a folder of the row's own, which is brought out.
        public init(_ name: String, _ words: [String]) {
            self.name = name
            self.words = words
        }
    }

    private let result: Guest.Result
    /// The kernel's name: what `uname -r` says.
    public let release: String
    /// What is known of the kernel.
    public let kernel: KernelFacts

    /// The collector that guests run: software emulation is too slow for one that is built for debugging.
    public static let collector = Program(
        ProcessInfo.processInfo.environment["EBPF_METRICS_GUEST_COLLECTOR"] ?? Program.collectorPath)

    /// Makes the workload's objects in a guest, and runs the commands beside them with each row of rights.
    ///
    /// - Parameter more: what further workloads are started with, to live beside the usual one.
    public static func run<Value>(
        on kernel: String, _ commands: [Command], with rows: [PrivilegeRow] = PrivilegeRow.all,
        beside more: [[String]] = [],
        seconds: Int, _ body: (Guest.Result, GuestRows) throws -> Value
    ) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-rows-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let lineOfRow = rows.map {
            "\($0.slug)\t\($0.targetsNobody ? "nobody" : "root")\t\(($0.runner?.words ?? []).joined(separator: " "))"
        }
        let workload = PrivilegeRow.workload(pinDirectory: "/sys/fs/bpf/w") + ["--kprobe-multi"]
        let lines = [
            "rows": lineOfRow, "workload": ([workload] + more).map { $0.joined(separator: " ") },
            "commands": commands.map { "\($0.name)\t\($0.words.joined(separator: " "))" },
        ]
        for (name, lines) in lines {
            try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: folder.appending(path: name))
        }
        let hider = folder.appending(path: PrivilegeRow.hider.name)
        try Data(PrivilegeRow.hider.text.utf8).write(to: hider)
        chmod(hider.path, 0o755)
        // Programs that take rights away, by the paths that the rows call them by.
        let runners = Set(rows.flatMap { $0.runner?.words ?? [] }.filter { $0.hasPrefix("/") })
        let files =
            [
                (URL(filePath: collector.words[0]), "/bin/ebpf-metrics"),
                (URL(filePath: Program.workloadPath), "/bin/bpf-workload"),
            ]
            + runners.sorted().map { (URL(filePath: $0), $0) }
            + lines.keys.sorted().map { (folder.appending(path: $0), "/\($0)") }
            + [(hider, "/bin/\(PrivilegeRow.hider.name)")]
        return try Guest.run(
            kernel: kernel, as: kernel, script: Fixtures.root.appending(path: "scripts/guest-rows").path,
            files: files, seconds: seconds
        ) { try body($0, GuestRows($0)) }
    }

    private init(_ result: Guest.Result) {
        self.result = result
        (release, kernel) = Self.facts(result.text("results/kernel"))
    }

    /// What a guest said of its kernel.
    fileprivate static func facts(_ text: String) -> (release: String, kernel: KernelFacts) {
        var facts: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { facts[parts[0]] = parts[1] }
        }
        let release = facts["release"] ?? ""
        // Debian's releases of old kernels end in a number of its own: 5.10.0-46 is 5.10.262, says the build.
        let build = facts["version"]?.split(separator: " ").first { $0.contains(".") }.map(String.init)
        let kernel = KernelFacts(
            release: build ?? release,
            unprivilegedBPFDisabled: facts["unprivileged_bpf_disabled"].flatMap { Int($0) } ?? 0,
            showsKprobeMulti: facts["kprobe_multi_fdinfo"] == "1")
        return (release, kernel)
    }

    /// What the workload made for a row to look at.
    public func made(for row: PrivilegeRow) throws -> [JSON] {
        try Manifest.objects(result.text("results/\(row.targetsNobody ? "nobody" : "root").manifest"))
    }

    /// A folder that a command left.
    public func folder(of command: String, for row: PrivilegeRow) -> URL {
        result.folder.appending(path: "results/\(row.slug)/\(command)")
    }

    /// What a command printed.
    public func output(of command: String, for row: PrivilegeRow) -> String {
        result.text("results/\(row.slug)/\(command).json")
    }

    /// What a command complained about.
    public func errors(of command: String, for row: PrivilegeRow) -> String {
        result.text("results/\(row.slug)/\(command).errors")
    }

    /// A command's exit status; nil when it never ended.
    public func status(of command: String, for row: PrivilegeRow) -> Int? {
        Int(result.text("results/\(row.slug)/\(command).status").trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

extension KernelFacts {
    /// Those that a guest told.
    public init(ofGuest text: String) {
        self = GuestRows.facts(text).kernel
    }
}
