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
    /// Which of the workload's objects a row is expected to see.
    struct Reach: OptionSet {
        let rawValue: Int
        /// Held by a process's fd, or by a thread's own fd table.
        static let descriptors = Reach(rawValue: 1)
        /// Pins of programs and maps that anybody may read.
        static let readablePins = Reach(rawValue: 2)
        /// Pins of programs and maps that only their owner may read.
        static let ownPins = Reach(rawValue: 4)
        /// Pins of links: these take write permission.
        static let linkPins = Reach(rawValue: 8)
        /// Whatever is only attached.
        static let attachments = Reach(rawValue: 16)

        static let pins: Reach = [.readablePins, .ownPins]
        static let all: Reach = [.descriptors, .pins, .linkPins, .attachments]
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let runner: Program?
        /// Whether the workload's processes belong to nobody and have no capability, instead of being root's.
        var targetsNobody = false
        let reach: Reach
        /// Whether all objects of the host are seen, and said to be.
        var isComplete = false

        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "root, all capabilities", runner: nil, reach: .all, isComplete: true),
        Row(name: "uid 0, no capability", runner: Restricted.setpriv(uid: 0), reach: [.pins, .linkPins]),
        Row(
            name: "uid 0, container default capabilities",
            runner: Restricted.setpriv(
                uid: 0,
                [
                    "chown", "dac_override", "fsetid", "fowner", "mknod", "net_raw", "setgid", "setuid", "setfcap",
                    "setpcap",
                    "net_bind_service", "sys_chroot", "kill", "audit_write",
                ]), reach: [.pins, .linkPins]),
        Row(name: "no capability", runner: Restricted.setpriv(uid: 65534), reach: .readablePins),
        Row(
            name: "no capability, target of the same uid without any", runner: Restricted.setpriv(uid: 65534),
            targetsNobody: true,
            reach: [.descriptors, .readablePins]),
        Row(name: "CAP_BPF", runner: Restricted.setpriv(uid: 65534, ["bpf"]), reach: .readablePins),
        Row(
            name: "CAP_BPF, CAP_PERFMON", runner: Restricted.setpriv(uid: 65534, ["bpf", "perfmon"]),
            reach: .readablePins),
        Row(
            name: "CAP_SYS_ADMIN", runner: Restricted.setpriv(uid: 65534, ["sys_admin"]), reach: .all, isComplete: true),
        Row(
            name: "CAP_SYS_PTRACE", runner: Restricted.setpriv(uid: 65534, ["sys_ptrace"]),
            reach: [.descriptors, .readablePins]),
        Row(
            name: "CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH",
            runner: Restricted.setpriv(uid: 65534, ["sys_ptrace", "dac_read_search"]),
            reach: [.descriptors, .pins]),
        Row(name: "CAP_DAC_READ_SEARCH", runner: Restricted.setpriv(uid: 65534, ["dac_read_search"]), reach: .pins),
        Row(
            name: "root of a user namespace that nobody made", runner: Restricted.userNamespaceRoot,
            reach: .readablePins),
        Row(
            name: "root of a user namespace that root made", runner: Program("unshare", ["--user", "--map-root-user"]),
            reach: [.pins, .linkPins]),
    ]

    /// What was expected and seen, for the table in the documentation.
    struct Count {
        var expected = 0
        var seen = 0
        var cell: String { "\(seen) / \(expected)" }
    }

    struct Counts {
        var maps = Count(), programs = Count(), links = Count(), names = Count(), edges = Count(), memory = Count()
        var made = (maps: 0, programs: 0, links: 0)
    }

    @Test func everyRowSeesWhatItsRightsAllow() throws {
        var table: [(Row, Counts)] = []
        try Restricted.with { restricted in
            for targetsNobody in [false, true] {
                try PrivateBpffs.with { bpffs in
                    var arguments = [
                        "--maps", "160", "--programs", "80", "--processes", "2", "--pin-dir", bpffs.path + "/w",
                        "--attach", "--thread",
                        "--links",
                    ]
                    if targetsNobody { arguments += ["--uid", "65534"] }
                    try Workload.with(arguments) { workload in
                        for row in Self.rows where row.targetsNobody == targetsNobody {
                            let program = restricted.collector.with(
                                "collect", "--format", "json", "--holders", "--path.bpffs", bpffs.path)
                            let result = try row.runner.map { try program.under($0).run() } ?? program.run()
                            #expect(result.status == 0, "\(row.name): \(result.errors)")
                            if SchemaValidator.isThere {
                                #expect(
                                    try SchemaValidator.validate(result.text, schema: "collect-v1") == "", "\(row.name)"
                                )
                            }
                            table.append((row, check(row, workload, try result.json())))
                        }
                    }
                }
            }
        }
        if ProcessInfo.processInfo.environment["EBPF_METRICS_WRITE_DOCS"] != nil { try write(table) }
    }

    private func check(_ row: Row, _ workload: Workload, _ json: JSON) -> Counts {
        var counts = Counts()
        var missing: [String] = []
        for (kind, list) in [("map", "maps"), ("program", "programs"), ("link", "links")] {
            let seen = Dictionary(uniqueKeysWithValues: json[list].elements.map { ($0["id"].int ?? 0, $0) })
            for object in workload.of(kind) {
                let id = object["id"].int ?? 0
                let isExpected = row.reach.covers(object)
                let ours = seen[id]
                if isExpected != (ours != nil) {
                    missing.append(
                        "\(kind) \(id) held by \(object["held_by"].string ?? "") \(isExpected ? "is missing" : "is seen")"
                    )
                }
                counts.add(kind, object, isExpected: isExpected, ours)
            }
        }
        #expect(missing.isEmpty, "\(row.name): \(missing.prefix(6).joined(separator: ", "))")
        for count in [counts.maps, counts.programs, counts.links, counts.names, counts.edges, counts.memory] {
            #expect(count.expected == count.seen, "\(row.name)")
        }
        for fact in ["programs", "maps", "links", "memory"] {
            #expect(json["complete"][fact].bool == row.isComplete, "\(row.name): complete \(fact)")
        }
        // A total is exact, a lower bound, or not there; never a zero that means "not allowed".
        for total in ["programs", "maps", "links", "map_memory_bytes"] {
            let amount = json["totals"][total]
            #expect(amount["exact"].bool == row.isComplete, "\(row.name): \(total)")
            if !row.isComplete { #expect(amount["value"].int != 0, "\(row.name): \(total)") }
        }
        return counts
    }

    private func write(_ table: [(Row, Counts)]) throws {
        let made = table.first?.1.made ?? (maps: 0, programs: 0, links: 0)
        var lines = [
            "# What is seen with which rights",
            "",
            "Written by `make privileges`, which runs `PrivilegeTests`: a workload of real objects, looked at with exactly these",
            "rights. Made were \(made.maps) maps, \(made.programs) programs and \(made.links) links: held by fd, by a thread's own fd table,",
            "by pins (mode 0600 and 0644, owner root), and by attachment alone. Each cell is what was seen / what was expected;",
            "names, maps of programs and memory are counted over the programs and maps within reach.",
            "Kernel: \(Self.kernel).",
            "",
            "| rights | maps | programs | links | names | maps of programs | memory | complete |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for (row, counts) in table {
            let cells = [counts.maps, counts.programs, counts.links, counts.names, counts.edges, counts.memory].map(
                \.cell)
            lines.append("| \(row.name) | \(cells.joined(separator: " | ")) | \(row.isComplete ? "yes" : "no") |")
        }
        let path = Fixtures.root.appending(path: "docs/PRIVILEGES.md")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: path)
    }

    private static var kernel: String {
        (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8))?
            .split(separator: "-").first.map { String($0) } ?? "unknown"
    }
}

extension PrivilegeTests.Reach {
    /// Whether an object of the manifest is within reach.
    func covers(_ object: JSON) -> Bool {
        switch object["held_by"].string {
        case "fd", "thread": return contains(.descriptors)
        case "attachment": return contains(.attachments)
        case "pin":
            if object["kind"].string == "link" { return contains(.linkPins) }
            var status = stat()
            guard stat(object["pin"].string ?? "", &status) == 0 else { return false }
            return contains(status.st_mode & 0o004 != 0 ? .readablePins : .ownPins)
        default: return false
        }
    }
}

extension PrivilegeTests.Counts {
    mutating func add(_ kind: String, _ object: JSON, isExpected: Bool, _ ours: JSON?) {
        let expected = isExpected ? 1 : 0
        let seen = ours == nil ? 0 : 1
        switch kind {
        case "map":
            made.maps += 1
            maps.expected += expected
            maps.seen += seen
        case "program":
            made.programs += 1
            programs.expected += expected
            programs.seen += seen
            edges.expected += expected
            if let ours, Set(ours["map_ids"].elements) == Set(object["map_ids"].elements), !ours["map_ids"].isNull {
                edges.seen += 1
            }
        default:
            made.links += 1
            links.expected += expected
            links.seen += seen
            return
        }
        names.expected += expected
        if let ours, ours["name"] == object["name"] { names.seen += 1 }
        memory.expected += expected
        if let ours, ours["memlock"] == object["memlock"] { memory.seen += 1 }
    }
}
