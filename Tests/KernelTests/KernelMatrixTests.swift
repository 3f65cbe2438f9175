import Foundation
import TestSupport
import Testing

extension Guests {
    /// Every row of rights on every kernel there is, with real objects: `make test-kernels`.
    @Suite(
        .enabled(if: Rights.hasLibbpf, Rights.libbpfReason),
        .enabled(if: Rights.has("setpriv", "unshare"), "needs setpriv and unshare to take rights away"))
    struct KernelMatrixTests {
        /// One row on one kernel.
        struct Line {
            let kernel: String
            let comparison: PrivilegeComparison
        }

        @Test func everyRowSeesWhatItsRightsAllowOnEveryKernel() throws {
            var table: [Line] = []
            for kernel in Guest.kernels {
                try GuestRows.run(on: kernel, Self.commands, seconds: 900) { result, rows in
                    #expect(result.status == 0, "\(kernel): \(result.errors)\(result.text("results/log"))")
                    #expect(result.oops == "", "\(kernel)")
                    Guest.say("kernel \(rows.release), \(rows.kernel.version): \(Int(result.seconds)) s")
                    table += try PrivilegeRow.all.map { try check($0, rows) }
                }
            }
            if ProcessInfo.processInfo.environment["EBPF_METRICS_WRITE_DOCS"] != nil { try write(table) }
        }

        private static let commands = [
            GuestRows.Command("collect", ["/bin/ebpf-metrics", "collect", "--format", "json", "--holders"]),
            GuestRows.Command("doctor", ["/bin/ebpf-metrics", "doctor", "--format", "json"]),
        ]

        private func check(_ row: PrivilegeRow, _ rows: GuestRows) throws -> Line {
            let place = "\(rows.kernel.version), \(row.name)"
            #expect(rows.status(of: "collect", for: row) == 0, "\(place): \(rows.errors(of: "collect", for: row))")
            let made = try rows.made(for: row)
            // A kernel that can crash has the link that does it; otherwise its survival says nothing.
            if rows.kernel.crashesOnLinkTexts {
                #expect(
                    made.contains { $0["kind"].string == "link" && $0["type"].string == "kprobe_multi" }, "\(place)")
            }
            let output = Data(rows.output(of: "collect", for: row).utf8)
            let comparison = PrivilegeComparison(
                row, on: rows.kernel, made: made, seen: (try? JSON(output)) ?? .null, alone: true)
            #expect(comparison.made.maps == 160, "\(place)")
            #expect(comparison.differences == [], "\(place)")
            let cells = comparison.counts.map { "\($0) \($1.cell)" }.joined(separator: ", ")
            Guest.say("  \(comparison.differences.isEmpty ? "ok  " : "FAIL") \(place): \(cells)")
            try checkDoctor(row, rows, place)
            return Line(kernel: rows.kernel.version, comparison: comparison)
        }

        /// What `doctor` says of the hazard and of the walk of ids, against the facts.
        private func checkDoctor(_ row: PrivilegeRow, _ rows: GuestRows, _ place: String) throws {
            let status = try #require(rows.status(of: "doctor", for: row), "\(place)")
            #expect(row.isComplete ? status == 0 : [1, 2].contains(status), "\(place): \(status)")
            let report = try JSON(Data(rows.output(of: "doctor", for: row).utf8))
            let walk = report["sources"].elements.first { $0["name"].string == "libbpf" }
            #expect((walk?["verdict"].string == "complete") == row.isComplete, "\(place)")
        }

        private func write(_ table: [Line]) throws {
            let kernels = table.reduce(into: [String]()) { if !$0.contains($1.kernel) { $0.append($1.kernel) } }
            var lines = [
                "# What is seen on which kernel",
                "",
                "Written by `make test-kernels`, which runs `KernelMatrixTests`: Debian's kernels in virtual machines, each with the same",
                "workload of real objects, looked at with each set of rights of [PRIVILEGES.md](PRIVILEGES.md). Each cell is what was",
                "seen / what was expected, and what is expected follows from what the workload made, from the rights, and from what is",
                "known of the kernel (`Tests/TestSupport/KernelFacts.swift`); never from what the collector says.",
                "",
                "- Before 5.14 the text of another's fd goes by the file's owner, not by CAP_SYS_PTRACE: uid 0, the owner, and",
                "  CAP_DAC_READ_SEARCH read it.",
                "- Before 5.19 `kernel.unprivileged_bpf_disabled` (2 in Debian) closes all of bpf(2) to whoever has neither CAP_BPF nor",
                "  CAP_SYS_ADMIN: no pins, no names, no maps of programs; names of programs are then those in `/proc/kallsyms`, where",
                "  no two programs share a tag.",
                "- Before 6.9 there is no handle of a thread: what it holds by an fd table of its own is seen without names and maps.",
                "- From 6.17 to 6.19.13 reading the fdinfo of a certain link crashes the kernel. Each workload has such a link; there,",
                "  with CAP_SYS_PTRACE alone, which cannot tell links from others beforehand, nothing is read.",
                "",
                "Kernels: \(kernels.joined(separator: ", ")).",
                "",
                "| kernel | rights | programs | maps | links | names | maps of programs | memory | complete |",
                "|---|---|---|---|---|---|---|---|---|",
            ]
            for line in table {
                let row = line.comparison.row
                let cells = line.comparison.counts.map { $1.cell }.joined(separator: " | ")
                lines.append("| \(line.kernel) | \(row.name) | \(cells) | \(row.isComplete ? "yes" : "no") |")
            }
            let path = Fixtures.root.appending(path: "docs/KERNELS.md")
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: path)
        }
    }
}
