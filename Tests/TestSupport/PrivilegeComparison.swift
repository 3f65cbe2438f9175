/// What a row of rights saw, against what the workload made and what the row may see of it on this kernel.
public struct PrivilegeComparison: Sendable {
    /// What was expected and seen.
    public struct Count: Sendable {
        /// How many the manifest, the row and the kernel promise.
        public internal(set) var expected = 0
        /// How many were seen, as the manifest says they are.
        public internal(set) var seen = 0
        /// For a table.
        public var cell: String { "\(seen) / \(expected)" }

        mutating func add(expected isExpected: Bool, seen isSeen: Bool) {
            expected += isExpected ? 1 : 0
            seen += isSeen ? 1 : 0
        }
    }

    /// The row.
    public let row: PrivilegeRow
    /// Maps.
    public private(set) var maps = Count()
    /// Programs.
    public private(set) var programs = Count()
    /// Links.
    public private(set) var links = Count()
    /// Names of programs and maps.
    public private(set) var names = Count()
    /// Programs of which all maps were told.
    public private(set) var edges = Count()
    /// Memory of programs and maps.
    public private(set) var memory = Count()
    /// How many were made.
    public private(set) var made = (maps: 0, programs: 0, links: 0)
    /// What is not as it should be, in words.
    public private(set) var differences: [String] = []

    /// Compares the output of `collect --format json --holders` with a manifest.
    ///
    /// - Parameter alone: whether there are no BPF objects beside the workload's.
    public init(_ row: PrivilegeRow, on kernel: KernelFacts, made objects: [JSON], seen json: JSON, alone: Bool) {
        self.row = row
        let reach = row.reach(on: kernel)
        let listed = Self.namesByTag(objects)
        for (kind, list) in [("map", "maps"), ("program", "programs"), ("link", "links")] {
            var seen: [Int: JSON] = [:]
            for object in json[list].elements {
                if seen.updateValue(object, forKey: object["id"].int ?? 0) != nil {
                    differences.append("\(kind) \(object["id"].int ?? 0) is told twice")
                }
            }
            let ofKind = objects.filter { $0["kind"].string == kind }
            for object in ofKind {
                let isExpected = reach.covers(object)
                let ours = seen.removeValue(forKey: object["id"].int ?? 0)
                if isExpected != (ours != nil) {
                    let place = "\(kind) \(object["id"].int ?? 0) held by \(object["held_by"].string ?? "")"
                    differences.append("\(place) \(isExpected ? "is missing" : "is seen")")
                }
                let inFull = isExpected && row.tellsInFull(object, on: kernel)
                let tag = object["tag"].string ?? ""
                let isNamed = inFull || (isExpected && kind == "program" && listed[tag]?.count == 1)
                add(kind, object, (isExpected, isNamed, inFull), ours)
            }
            if alone, let id = seen.keys.min() { differences.append("\(kind) \(id) is seen, and nobody made it") }
            checkTotal(list, json, made: alone ? ofKind.count : nil)
        }
        checkTotal("map_memory_bytes", json, made: nil)
        for fact in ["programs", "maps", "links", "memory"] where json["complete"][fact].bool != row.isComplete {
            differences.append("complete \(fact) is not \(row.isComplete)")
        }
        for (what, count) in counts where count.expected != count.seen {
            differences.append("\(what): \(count.cell)")
        }
    }

    /// The counts with their names, as a table has them.
    public var counts: [(String, Count)] {
        [
            ("programs", programs), ("maps", maps), ("links", links), ("names", names), ("edges", edges),
            ("memlock", memory),
        ]
    }

    /// Names of all programs of a tag: `/proc/kallsyms` has them, to anyone, and of a tag that several share only what
    /// they agree on can be known.
    private static func namesByTag(_ objects: [JSON]) -> [String: Set<JSON>] {
        Dictionary(grouping: objects.filter { $0["kind"].string == "program" }) { $0["tag"].string ?? "" }
            .mapValues { Set($0.map { $0["name"] }) }
    }

    private mutating func add(
        _ kind: String, _ object: JSON, _ expected: (object: Bool, name: Bool, edges: Bool), _ ours: JSON?
    ) {
        switch kind {
        case "map":
            made.maps += 1
            maps.add(expected: expected.object, seen: ours != nil)
        case "program":
            made.programs += 1
            programs.add(expected: expected.object, seen: ours != nil)
            let isTold = ours.map { !$0["map_ids"].isNull } ?? false
            let isRight = Set(ours?["map_ids"].elements ?? []) == Set(object["map_ids"].elements)
            edges.add(expected: expected.edges, seen: isTold && isRight)
            if isTold, !isRight { differences.append("program \(object["id"].int ?? 0): maps of another") }
        default:
            made.links += 1
            links.add(expected: expected.object, seen: ours != nil)
            return
        }
        for (fact, count, isExpected) in [
            ("name", \PrivilegeComparison.names, expected.name), ("memlock", \.memory, expected.object),
        ] {
            self[keyPath: count].add(expected: isExpected, seen: ours?[fact] == object[fact])
            if let ours, !ours[fact].isNull, ours[fact] != object[fact] {
                differences.append("\(kind) \(object["id"].int ?? 0): \(fact) is \(ours[fact]), not \(object[fact])")
            }
        }
    }

    /// A total is exact, a lower bound, or not there; never a zero that means "not allowed".
    private mutating func checkTotal(_ total: String, _ json: JSON, made: Int?) {
        let amount = json["totals"][total]
        if amount["exact"].bool != row.isComplete { differences.append("the total of \(total) is exact or not") }
        if !row.isComplete, amount["value"].int == 0 { differences.append("the total of \(total) is 0") }
        if row.isComplete, let made, amount["value"].int != made {
            differences.append("the total of \(total) is \(amount["value"].int ?? -1), not \(made)")
        }
    }
}
