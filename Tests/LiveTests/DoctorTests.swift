import TestSupport
import Testing

/// Each way of being restricted, diagnosed.
@Suite(
    .serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason),
    .enabled(if: Rights.hasLibbpf, Rights.libbpfReason),
    .enabled(if: Rights.has("setpriv", "unshare"), "needs setpriv and unshare to take rights away"))
struct DoctorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let runner: Program?
        let status: Int32
        /// For each source: the verdict, and the reasons that must be among those given.
        let libbpf: (String, [String])
        let procfs: (String, [String])
        /// Words that the advice for the id walk must contain.
        var advice = ""
        /// Reasons that must not be given for procfs.
        var notAmong: [String] = []
    }

    static let cases: [Case] = [
        Case(
            testDescription: "root", runner: nil, status: 0, libbpf: ("complete", []),
            procfs: ("partial", ["by_nature"])),
        Case(
            testDescription: "no capability", runner: Restricted.setpriv(uid: 65531), status: 2,
            libbpf: ("unavailable", ["missing_capability"]),
            procfs: ("unavailable", ["other_processes", "missing_capability"]),
            advice: "CAP_SYS_ADMIN"),
        Case(
            testDescription: "CAP_BPF only", runner: Restricted.setpriv(uid: 65531, ["bpf"]), status: 2,
            libbpf: ("unavailable", ["missing_capability"]), procfs: ("unavailable", ["other_processes"]),
            advice: "CAP_SYS_ADMIN"),
        Case(
            testDescription: "CAP_SYS_PTRACE only", runner: Restricted.setpriv(uid: 65531, ["sys_ptrace"]), status: 1,
            libbpf: ("unavailable", ["missing_capability"]), procfs: ("partial", ["by_nature"]), advice: "CAP_SYS_ADMIN"
        ),
        Case(
            testDescription: "root of a user namespace", runner: Restricted.userNamespaceRoot, status: 2,
            libbpf: ("unavailable", ["user_namespace"]),
            procfs: ("unavailable", ["other_processes", "user_namespace"]),
            advice: "hostUsers"),
        Case(
            testDescription: "seccomp answers EPERM to bpf(2)", runner: Restricted.denyingBPF("EPERM"), status: 1,
            libbpf: ("unavailable", ["seccomp"]), procfs: ("partial", ["by_nature"]), advice: "seccomp"),
        Case(
            testDescription: "seccomp answers ENOSYS to bpf(2)", runner: Restricted.denyingBPF("ENOSYS"), status: 1,
            libbpf: ("unavailable", ["seccomp"]), procfs: ("partial", ["by_nature"]), advice: "seccomp"),
        Case(
            testDescription: "seccomp kills whoever calls bpf(2)", runner: Restricted.denyingBPF("KILL"), status: 1,
            libbpf: ("unavailable", ["seccomp"]), procfs: ("partial", ["by_nature"]), advice: "seccomp"),
        Case(
            testDescription: "hidepid=2", runner: Restricted.procfs("hidepid=2", then: Restricted.setpriv(uid: 65531)),
            status: 2,
            libbpf: ("unavailable", ["missing_capability"]), procfs: ("partial", ["hidepid"]),
            notAmong: ["pid_namespace"]),
        Case(
            testDescription: "a PID namespace", runner: Restricted.pidNamespace(then: Restricted.setpriv(uid: 65531)),
            status: 2,
            libbpf: ("unavailable", ["missing_capability"]), procfs: ("partial", ["pid_namespace"])),
    ]

    @Test(arguments: cases) func diagnoses(_ example: Case) throws {
        try PrivateBpffs.with { bpffs in
            try Restricted.with { restricted in
                // Somebody else's process, so that what is seen of others does not depend on who else runs here.
                let bystander = try Workload(["--maps", "1", "--uid", "65532"])
                defer { bystander.end() }
                // An empty bpffs of its own: pins of others that anybody may read would be a source.
                let program = restricted.collector.with("doctor", "--format", "json", "--path.bpffs", bpffs.path)
                let result = try example.runner.map { try program.under($0).run() } ?? program.run()
                let json = try result.json()
                if SchemaValidator.isThere {
                    #expect(try SchemaValidator.validate(result.text, schema: "doctor-v1") == "")
                }
                func source(_ name: String) -> JSON {
                    json["sources"].elements.first { $0["name"].string == name } ?? .null
                }
                func codes(_ source: JSON) -> [String] { source["reasons"].elements.compactMap { $0["code"].string } }
                let (libbpf, procfs) = (source("libbpf"), source("procfs"))
                #expect(libbpf["verdict"].string == example.libbpf.0)
                for code in example.libbpf.1 { #expect(codes(libbpf).contains(code), "\(codes(libbpf))") }
                #expect(procfs["verdict"].string == example.procfs.0, "\(codes(procfs))")
                for code in example.procfs.1 { #expect(codes(procfs).contains(code), "\(codes(procfs))") }
                for code in example.notAmong { #expect(!codes(procfs).contains(code), "\(codes(procfs))") }
                if !example.advice.isEmpty {
                    let grant = libbpf["grant"]
                    let words = [
                        grant["advice"].string, grant["setcap"].string, grant["systemd"].string,
                        grant["kubernetes"].string,
                    ]
                    #expect(words.compactMap { $0 }.joined(separator: " ").contains(example.advice), "\(grant)")
                }
                #expect(result.status == example.status, "\(result.errors)")
            }
        }
    }

    @Test func saysWhyAFilterShowsNothing() throws {
        try Workload.with(["--maps", "2", "--programs", "6"]) { _ in
            let result = try Program.collector.with("doctor", "--prefix", "no_such_prefix_").run()
            #expect(result.text.contains("0 have one of the prefixes no_such_prefix_"))
            #expect(result.text.contains("That is why there are no metrics"))
            let all = try Program.collector.with("doctor", "--profile", "detailed").run()
            #expect(all.text.contains("no prefixes"))
        }
    }
}
