import Foundation
import Glibc
import TestSupport
import Testing

/// What the collector sees with exactly these rights, against what the workload made: the access table, tried.
@Suite(
    .serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason),
    .enabled(if: Rights.hasLibbpf, Rights.libbpfReason),
    .enabled(if: Rights.has("setpriv", "unshare"), "needs setpriv and unshare to take rights away"))
struct PrivilegeTests {
    @Test func everyRowSeesWhatItsRightsAllow() throws {
        var table: [PrivilegeComparison] = []
        try Restricted.with { restricted in
            for targetsNobody in [false, true] {
                try PrivateBpffs.with { bpffs in
                    var arguments = PrivilegeRow.workload(pinDirectory: bpffs.path + "/w")
                    if targetsNobody { arguments += ["--uid", "\(Restricted.nobody)"] }
                    try Workload.with(arguments) { workload in
                        for row in PrivilegeRow.all where row.targetsNobody == targetsNobody {
                            let program = restricted.collector.with(
                                "collect", "--format", "json", "--holders", "--path.bpffs", bpffs.path)
                            let result = try row.runner.map { try program.under($0).run() } ?? program.run()
                            #expect(result.status == 0, "\(row.name): \(result.errors)")
                            if SchemaValidator.isThere {
                                #expect(
                                    try SchemaValidator.validate(result.text, schema: "collect-v1") == "", "\(row.name)"
                                )
                            }
                            let comparison = PrivilegeComparison(
                                row, on: .here, made: workload.objects, seen: try result.json(), alone: false)
                            #expect(comparison.differences == [], "\(row.name)")
                            table.append(comparison)
                        }
                    }
                }
            }
        }
        if ProcessInfo.processInfo.environment["EBPF_METRICS_WRITE_DOCS"] != nil { try write(table) }
    }

    private func write(_ table: [PrivilegeComparison]) throws {
        let made = table.first?.made ?? (maps: 0, programs: 0, links: 0)
        var lines = [
            "# What is seen with which rights",
            "",
            "Written by `make privileges`, which runs `PrivilegeTests`: a workload of real objects, looked at with exactly these",
            "rights. Made were \(made.maps) maps, \(made.programs) programs and \(made.links) links: held by fd, by a thread's own fd table,",
            "by pins (mode 0600 and 0644, owner root), and by attachment alone. Each cell is what was seen / what was expected;",
            "names, maps of programs and memory are counted over the programs and maps within reach.",
            "Kernel: \(KernelFacts.here.version).",
            "",
            "| rights | maps | programs | links | names | maps of programs | memory | complete |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for seen in table {
            let cells = [seen.maps, seen.programs, seen.links, seen.names, seen.edges, seen.memory].map(\.cell)
            let row = seen.row
            lines.append("| \(row.name) | \(cells.joined(separator: " | ")) | \(row.isComplete ? "yes" : "no") |")
        }
        let path = Fixtures.root.appending(path: "docs/PRIVILEGES.md")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: path)
    }
}
