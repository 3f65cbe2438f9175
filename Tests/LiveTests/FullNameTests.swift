import Foundation
import TestSupport
import Testing

/// Names of functions that are longer than the kernel's names of programs.
@Suite(
    .serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason),
    .enabled(if: Rights.hasLibbpf, Rights.libbpfReason))
struct FullNameTests {
    /// All three programs have the same code and so the same tag, by which kallsyms could not tell them apart.
    private static let names: [String: String?] = [
        "wlf_a_function_": "wlf_a_function_whose_name_is_no_small_name", "wlf_just_a_name": nil,
        "wlf_another_nam": nil,
    ]

    private func fullNames(_ workload: Workload, _ source: String, _ options: [String] = []) throws -> [String: String?]
    {
        let arguments = ["collect", "--format", "json", "--source", source] + options
        let programs = try Program.collector.with(arguments).run().json()["programs"].elements
        let ours = Set(workload.of("program").compactMap { $0["id"].int })
        var names: [String: String?] = [:]
        for program in programs where program["id"].int.map(ours.contains) == true {
            names[program["name"].string ?? "?"] = program["full_name"].string
        }
        return names
    }

    @Test(arguments: ["libbpf", "procfs"]) func comeFromBTFAndNotByTag(_ source: String) throws {
        try Workload.with(["--functions"]) { workload in
            let names = try fullNames(workload, source)
            #expect(names == Self.names)
        }
    }

    @Test func areInARecordingToo() throws {
        try Workload.with(["--functions"]) { workload in
            let folder = FileManager.default.temporaryDirectory.appending(path: "names-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let recorded = try Program.collector.with("record", folder).run()
            #expect(recorded.status == 0, "\(recorded.errors)")
            let names = try fullNames(workload, "libbpf", ["--replay", folder])
            #expect(names == Self.names)
        }
    }
}
