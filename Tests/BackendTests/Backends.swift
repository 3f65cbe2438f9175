import Foundation
import TestSupport
import Testing

/// What needs a daemon or a Prometheus: one test after the other, as each starts several servers.
@Suite(.serialized) enum Backends {}

/// What these tests need of this machine.
enum Needs {
    static let client: Comment = "needs curl, and openssl and perl to make a certificate and a password"
    static let hasClient = Rights.has("curl", "openssl", "perl")

    static let distribution: Comment = "needs Prometheus: scripts/fetch-prometheus"
    static let newer: Comment = "needs a newer Prometheus: scripts/fetch-prometheus"
    static let victoriaMetrics: Comment = "needs VictoriaMetrics: scripts/fetch-prometheus"
    static let hasDistribution = PrometheusBuild.distribution != nil
    static let hasNewer = PrometheusBuild.newer != nil

    static let growth: Comment = "needs kernel 6.4, where the memory of a map is what it uses"
    static let hasGrowth = KernelFacts.here.countsElements
}

/// How `serve` is told things.
enum Flag {
    static func interval(_ seconds: Int) -> [String] { ["--collection.interval", "\(seconds)s"] }
    /// A scrape collects: what it shows is not older than the scrape.
    static let fresh = ["--collection.max-age", "0s"]
    static let detailed = ["--profile", "detailed"]
}

/// A map that grows, and the one program that uses it; a filter by the program's name shows these two alone, whatever
/// else lives on this host.
struct Growth {
    /// Bytes at a time: more than any rule's threshold.
    static let step = 60 << 20

    let workload: Workload
    let map: JSON
    let program: JSON

    init(_ more: [String] = []) throws {
        workload = try Workload(["--grow", "\(Self.step)"] + more)
        let map = try #require(workload.of("map").first { $0["name"].string == "wl_growing" })
        program = try #require(workload.of("program").first { $0["map_ids"].elements == [map["id"]] })
        self.map = map
    }

    /// Makes them, lends them, and lets them go.
    static func with<Value>(_ body: (Growth) throws -> Value) throws -> Value {
        let growth = try Growth()
        defer { growth.workload.end() }
        return try body(growth)
    }

    /// The flags for a daemon that sees these two alone.
    var filter: [String] { get throws { ["--prefix", try #require(program["name"].string)] } }
}

extension JSON {
    /// The memory of an object of the manifest.
    var memory: Double { get throws { Double(try #require(self["memlock"].int)) } }
}

/// A procfs of its own under a name that can be taken away and given back: a source that is lost and found.
struct LosableProcfs {
    private let folder: ScratchFolder

    static func with<Value>(in folder: ScratchFolder, _ body: (LosableProcfs) throws -> Value) throws -> Value {
        let procfs = LosableProcfs(folder: folder)
        try FileManager.default.createDirectory(atPath: procfs.path, withIntermediateDirectories: true)
        let mounted = try Program("mount", ["-t", "proc", "proc", procfs.path]).run()
        try #require(mounted.status == 0, "\(mounted.errors)")
        defer {
            try? procfs.find()
            _ = try? Program("umount", [procfs.path]).run()
        }
        return try body(procfs)
    }

    private var path: String { folder.path("host/proc") }

    /// The flags for a daemon that has this source alone.
    var only: [String] { ["--source", "procfs", "--path.procfs", path] }

    func lose() throws { try FileManager.default.moveItem(atPath: folder.path("host"), toPath: folder.path("gone")) }

    func find() throws {
        guard FileManager.default.fileExists(atPath: folder.path("gone")) else { return }
        try FileManager.default.moveItem(atPath: folder.path("gone"), toPath: folder.path("host"))
    }
}

/// The rules that are shipped.
enum Rules {
    static let path = Fixtures.root.appending(path: "deploy/prometheus/alerts.yml").path

    /// The same under names that end with `Soon`, firing after two seconds instead of minutes.
    static func hurried() throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
            .replacing(#/for: [0-9]+m/#, with: "for: 2s")
            .replacing(#/alert: (\w+)/#) { "alert: \($0.1)Soon" }
            .replacing(#/name: ebpf/#, with: "name: hurried")
    }
}
