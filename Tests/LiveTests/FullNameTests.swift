import Foundation
import TestSupport
import Testing

/// Names of functions that are longer than the kernel's names of programs.
@Suite(
    .serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason),
    .enabled(if: Rights.hasLibbpf, Rights.libbpfReason))
struct FullNameTests {
    /// The first three have the same code and so the same tag, by which kallsyms cannot tell them apart.
    private static let names: [String: String?] = [
        "wlf_a_function_": "wlf_a_function_whose_name_is_no_small_name", "wlf_just_a_name": nil,
        "wlf_another_nam": nil, "wlf_alone_in_ha": "wlf_alone_in_having_its_code",
    ]

    /// What kallsyms tells: nothing where the JIT is hardened.
    private static let namesByTag: [String: String?] = {
        let harden = try? String(contentsOfFile: "/proc/sys/net/core/bpf_jit_harden", encoding: .utf8)
        var told = names
        told["wlf_a_function_"] = .some(nil)
        if harden?.first != "0" { told["wlf_alone_in_ha"] = .some(nil) }
        return told
    }()

    private func fullNames(_ workload: Workload, _ collect: Program) throws -> [String: String?] {
        let programs = try collect.run().json()["programs"].elements
        let ours = Set(workload.of("program").compactMap { $0["id"].int })
        var names: [String: String?] = [:]
        for program in programs where program["id"].int.map(ours.contains) == true {
            names[program["name"].string ?? "?"] = program["full_name"].string
        }
        return names
    }

    private func collect(_ source: String, _ options: [String] = [], by collector: Program = .collector) -> Program {
        collector.with(["collect", "--format", "json", "--source", source] + options)
    }

    @Test(arguments: ["libbpf", "procfs"]) func comeFromBTFAndNotByTag(_ source: String) throws {
        try Workload.with(["--functions"]) { workload in
            let names = try fullNames(workload, collect(source))
            #expect(names == Self.names)
        }
    }

    /// Reading BTF takes CAP_SYS_ADMIN, reading kallsyms nothing.
    @Test(.enabled(if: Rights.has("setpriv"), "needs setpriv to take rights away"))
    func comeByTagWhereBTFIsClosed() throws {
        try Restricted.with { restricted in
            try Workload.with(["--functions"]) { workload in
                let tracing = Restricted.setpriv(uid: Restricted.nobody, ["sys_ptrace", "dac_read_search"])
                let names = try fullNames(workload, collect("procfs", by: restricted.collector).under(tracing))
                #expect(names == Self.namesByTag)
            }
        }
    }

    @Test func areInARecordingToo() throws {
        try Workload.with(["--functions"]) { workload in
            let folder = FileManager.default.temporaryDirectory.appending(path: "names-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let recorded = try Program.collector.with("record", folder).run()
            #expect(recorded.status == 0, "\(recorded.errors)")
            for source in ["libbpf", "procfs"] {
                let names = try fullNames(workload, collect(source, ["--replay", folder]))
                #expect(names == Self.names, "\(source)")
            }
            let tracing = ["--replay", folder, "--as", "CAP_SYS_PTRACE,CAP_DAC_READ_SEARCH"]
            let names = try fullNames(workload, collect("procfs", tracing))
            #expect(names == Self.namesByTag)
        }
    }
}
