import Foundation
import TestSupport
import Testing

extension Guests {
    /// Recordings made in guests, replayed here: the same output, byte for byte, but for time. And the recording of root,
    /// replayed as if with fewer rights, against what that kernel said to whoever had them.
    @Suite(
        .enabled(if: Rights.hasLibbpf, Rights.libbpfReason),
        .enabled(if: Rights.has("setpriv", "unshare"), "needs setpriv and unshare to take rights away"))
    struct RecordingMatrixTests {
        private static let commands =
            RecordedKernel.commands + [
                GuestRows.Command("record", ["/bin/ebpf-metrics", "record", "OUT/r"]),
                GuestRows.Command("table", ["/bin/ebpf-metrics", "collect", "--pins"]),
                GuestRows.Command("prometheus", ["/bin/ebpf-metrics", "collect", "--format", "prometheus"]),
            ]

        @Test(arguments: Guest.kernels) func whatWasRecordedThereIsSeenHere(_ kernel: String) throws {
            let rows = PrivilegeRow.all + PrivilegeRow.forRecordings
            let hostile = ["--hostile", "--pin-dir", "/sys/fs/bpf/h", "--maps", "1", "--prefix", "h"]
            try GuestRows.run(on: kernel, Self.commands, with: rows, beside: [hostile], seconds: 1500) {
                result, guest in
                #expect(result.status == 0, "\(kernel): \(result.errors)\(result.text("results/log"))")
                #expect(result.oops == "", "\(kernel)")
                Guest.say("kernel \(guest.release), recorded: \(Int(result.seconds)) s")
                for row in rows { try check(row, guest) }
                if ProcessInfo.processInfo.environment["EBPF_METRICS_WRITE_FIXTURES"] != nil {
                    try write(RecordedKernel(guest.kernel.series), guest, result)
                }
            }
        }

        private func check(_ row: PrivilegeRow, _ guest: GuestRows) throws {
            let place = "\(guest.kernel.version), \(row.name)"
            #expect(guest.status(of: "record", for: row) == 0, "\(place): \(guest.errors(of: "record", for: row))")
            var differences = 0
            func compare(_ command: GuestRows.Command, _ folder: URL, _ more: [String]) throws {
                let here = try GuestRows.collector.with(
                    command.words.dropFirst() + ["--replay", folder.path] + more
                ).run()
                let there = RecordedKernel.timeless(guest.output(of: command.name, for: row))
                let isSame = RecordedKernel.timeless(here.text) == there && !there.isEmpty
                #expect(isSame, "\(place), \(command.name) \(more): \(folder.path)")
                #expect(here.errors == "", "\(place), \(command.name) \(more)")
                #expect(Int(here.status) == guest.status(of: command.name, for: row), "\(place), \(command.name)")
                differences += isSame ? 0 : 1
            }
            for command in Self.commands where command.name != "record" {
                try compare(command, guest.folder(of: "record", for: row).appending(path: "r"), [])
                if let assumed = row.assumed, let recorder = row.recordedBy {
                    try compare(
                        command, guest.folder(of: "record", for: recorder).appending(path: "r"), ["--as", assumed])
                }
            }
            Guest.say(
                "  \(differences == 0 ? "ok  " : "FAIL") \(place): replayed\(row.assumed.map { ", and --as \($0)" } ?? "")"
            )
        }

        /// Puts recordings and outputs among the fixtures, in the place of those that were there.
        private func write(_ kernel: RecordedKernel, _ guest: GuestRows, _ result: Guest.Result) throws {
            let files = FileManager.default
            for folder in ["kernels", "golden"] {
                let path = Fixtures.path("\(folder)/\(kernel.name)")
                try? files.removeItem(atPath: path)
                try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            for row in RecordedKernel.recorders {
                try files.copyItem(
                    atPath: guest.folder(of: "record", for: row).appending(path: "r").path,
                    toPath: kernel.recording(row))
                try Data(result.text("results/\(row.targetsNobody ? "nobody" : "root").manifest").utf8).write(
                    to: URL(filePath: kernel.manifest(row)))
            }
            // A recording is its owner's; a fixture is everybody's.
            _ = try Program("chmod", ["-R", "a+rX", Fixtures.path("kernels/\(kernel.name)")]).run()
            try Data(result.text("results/kernel").utf8).write(to: URL(filePath: kernel.facts))
            for row in RecordedKernel.rows {
                for command in RecordedKernel.commands {
                    let text = RecordedKernel.timeless(guest.output(of: command.name, for: row))
                    try Data(text.utf8).write(to: URL(filePath: kernel.golden(command.name, row)))
                }
            }
        }
    }
}
