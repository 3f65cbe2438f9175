public import EBPFMetrics
import KernelObjects
import KernelSources
import LinuxSystem
import ObjectInventory

/// Shows a snapshot to people: totals first, then what takes the most memory, and why it is not everything.
public struct SnapshotTable: Sendable {
    /// What comes first in the lists.
    public enum Order: String, Sendable, CaseIterable {
        /// The most memory.
        case memory
        /// The lowest id.
        case id
        /// The alphabet.
        case name
    }

    /// What comes first in the lists.
    public var order = Order.memory
    /// The most lines in a list; nil for all.
    public var top: Int?
    /// Whether to list the pins.
    public var showsPins = false
    /// Whether to list the processes that hold objects.
    public var showsHolders = false
    /// Whether to use colours.
    public var isColoured = false

    /// A table with the usual settings.
    public init() {}

    private var style: TerminalStyle { TerminalStyle(isColoured: isColoured) }

    /// The text, lines ended by newlines.
    public func text(of snapshot: Snapshot) -> String {
        var lines = header(snapshot)
        lines += maps(snapshot)
        lines += programs(snapshot)
        lines += links(snapshot)
        if showsPins { lines += pins(snapshot) }
        if showsHolders { lines += holders(snapshot) }
        lines += reasons(snapshot)
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Totals

    private func header(_ snapshot: Snapshot) -> [String] {
        let totals = snapshot.totals
        let sources = snapshot.reports.map(\.source.name).joined(separator: ", ")
        let kernel = snapshot.access.kernel.value.map { "kernel \($0)" } ?? "kernel unknown"
        let state = snapshot.isComplete ? style.good("complete") : style.warning("partial")
        var lines = [
            "\(style.bold("eBPF")) on \(kernel): \(state), from \(sources.isEmpty ? "no source" : sources) in \(TerminalText.oneDecimal(snapshot.duration.milliseconds)) ms",
            "",
        ]
        var table = TextTable([.left(""), .right("COUNT"), .right("MEMORY")])
        table.add(["programs", count(totals.programs), memory(totals.programMemory)])
        table.add(["maps", count(totals.maps), memory(totals.mapMemory)])
        table.add(["links", count(totals.links), "-"])
        table.add(["pins", count(totals.pins), "-"])
        lines += table.lines(style)
        lines += filterLines(snapshot)
        return lines
    }

    private func filterLines(_ snapshot: Snapshot) -> [String] {
        let prefixes = snapshot.inventory.filter.prefixes
        guard !prefixes.isEmpty else { return [] }
        var line =
            "only programs named \(prefixes.map { PrintableText.of($0.utf8) + "*" }.joined(separator: ", ")), and what they use"
        let bound = snapshot.complete.contains(.programs) ? "" : "at least "
        line += "; \(bound)\(snapshot.totals.programsWithOtherPrefix) others left out"
        if snapshot.totals.programsWithUnknownName > 0 {
            line += ", \(snapshot.totals.programsWithUnknownName) of unknown name cannot be judged"
        }
        return ["", line]
    }

    private func count(_ amount: Amount) -> String {
        switch amount {
        case .exact(let value): "\(value)"
        case .atLeast(let value): "≥ \(value)"
        case .unknown: "unknown"
        }
    }

    private func memory(_ amount: Amount) -> String {
        switch amount {
        case .exact(let value): TerminalText.size(value)
        case .atLeast(let value): "≥ \(TerminalText.size(value))"
        case .unknown: "unknown"
        }
    }

    // MARK: Lists

    private func maps(_ snapshot: Snapshot) -> [String] {
        let maps = sorted(snapshot.inventory.maps, id: \.id, name: \.name, memlock: \.memlock)
        var table = TextTable([
            .right("ID"), .left("NAME"), .left("TYPE"), .right("KEY"), .right("VALUE"), .right("MAX ENTRIES"),
            .right("MEMLOCK"),
        ])
        for map in shown(maps) {
            table.add([
                "\(map.id)", name(map.name), map.type?.description ?? unknown, number(map.keySize),
                number(map.valueSize), number(map.maxEntries), size(map.memlock),
            ])
        }
        return list("MAPS", maps.count, of: snapshot.totals.maps, cut: snapshot.inventory.cut.maps, table)
    }

    private func programs(_ snapshot: Snapshot) -> [String] {
        let programs = sorted(snapshot.inventory.programs, id: \.id, name: \.name, memlock: \.memlock)
        var table = TextTable([
            .right("ID"), .left("NAME"), .left("TYPE"), .left("TAG"), .right("MAPS"), .right("UID"), .right("MEMLOCK"),
        ])
        for program in shown(programs) {
            table.add([
                "\(program.id)", program.fullName.map { PrintableText.of($0.utf8) } ?? name(program.name),
                program.type?.description ?? unknown, program.tag?.description ?? unknown,
                program.mapIDs.map { "\($0.count)" } ?? unknown, number(program.loadedByUID), size(program.memlock),
            ])
        }
        return list(
            "PROGRAMS", programs.count, of: snapshot.totals.programs, cut: snapshot.inventory.cut.programs, table)
    }

    private func links(_ snapshot: Snapshot) -> [String] {
        let links = snapshot.inventory.links
        var table = TextTable([.right("ID"), .left("TYPE"), .right("PROGRAM"), .left("ATTACHED TO")])
        for link in shown(links) {
            table.add([
                "\(link.id)", link.type?.description ?? unknown,
                link.programID.map { "\($0)" } ?? (link.type == .structOps ? "-" : unknown), target(link),
            ])
        }
        return list("LINKS", links.count, cut: snapshot.inventory.cut.links, table)
    }

    private func pins(_ snapshot: Snapshot) -> [String] {
        let pins = snapshot.inventory.pins
        var table = TextTable([.left("KIND"), .right("ID"), .left("PATH")])
        for pin in shown(pins) {
            let path = PrintableText.of(pin.path)
            switch pin.content {
            case .object(let key): table.add([key.kind.name, "\(key.id)", path])
            case .unopened(let kind): table.add([kind?.name ?? unknown, unknown, path])
            }
        }
        return list("PINS", pins.count, cut: snapshot.inventory.cut.pins, table)
    }

    private func holders(_ snapshot: Snapshot) -> [String] {
        let holders = HolderSummary.all(of: snapshot.inventory).sorted {
            ($0.mapMemory.value ?? 0, $1.pid) > ($1.mapMemory.value ?? 0, $0.pid)
        }
        var table = TextTable([
            .right("PID"), .left("COMMAND"), .right("PROGRAMS"), .right("MAPS"), .right("LINKS"), .right("MAP MEMORY"),
            .left("CONTAINER"),
        ])
        for holder in shown(holders) {
            let pid = holder.thread.map { "\(holder.pid)/\($0)" } ?? "\(holder.pid)"
            table.add([
                pid, name(holder.comm), "\(holder.programs)", "\(holder.maps)", "\(holder.links)",
                memory(holder.mapMemory), holder.containerID.map { String($0.prefix(12)) } ?? "-",
            ])
        }
        return list("HOLDERS", holders.count, cut: snapshot.inventory.cut.holders, table)
    }

    private func list(
        _ title: String, _ count: Int, of total: Amount = .unknown, cut: UInt64, _ table: TextTable
    ) -> [String] {
        guard count > 0 || cut > 0 else { return [] }
        var lines = ["", style.bold(title)] + table.lines(style)
        let left = count - (top.map { min($0, count) } ?? count)
        if left > 0 { lines.append(style.dim("… and \(left) more (--top 0 shows all)")) }
        // A profile keeps the details of so many only, those with the most memory.
        let untracked = Int(clamping: total.value ?? 0) - count - Int(clamping: cut)
        if untracked > 0 {
            lines.append(style.dim("… and \(untracked) more beyond the profile's limit"))
        }
        if cut > 0 { lines.append(style.warning("… and \(cut) more that did not fit into the memory limit")) }
        return lines
    }

    // MARK: Why not everything

    private func reasons(_ snapshot: Snapshot) -> [String] {
        var lines: [String] = []
        let limitations = snapshot.limitations
        if !limitations.isEmpty {
            let title = snapshot.isComplete ? "There may be more pins, holders or names:" : "This is not everything:"
            lines += ["", style.warning(title)]
            for (source, limitation) in limitations {
                lines.append("  \(source.name): \(PrintableText.of(limitation.text.utf8))")
            }
        }
        for report in snapshot.reports {
            if let failure = report.failure {
                lines.append(style.bad("  \(report.source.name) failed: \(PrintableText.of(failure.utf8))"))
            }
        }
        if !snapshot.isComplete { lines.append("Run \"ebpf-metrics doctor\" for what would mend it.") }
        return lines
    }

    // MARK: Cells

    private let unknown = "?"

    private func name(_ name: KernelName?) -> String { name.map { PrintableText.of($0.bytes) } ?? unknown }
    private func number(_ number: UInt32?) -> String { number.map { "\($0)" } ?? unknown }
    private func size(_ size: UInt64?) -> String { size.map(TerminalText.size) ?? unknown }

    private func target(_ link: BPFLink) -> String {
        switch link.target {
        case .cgroup(let id): "cgroup \(id)"
        case .interface(let index): "interface \(index)"
        case .networkNamespace(let inode): "network namespace \(inode)"
        case nil: link.mapID.map { "map \($0)" } ?? (link.isTargetNumbered ? unknown : "-")
        }
    }

    private func shown<Object>(_ objects: [Object]) -> ArraySlice<Object> {
        objects.prefix(top ?? objects.count)
    }

    private func sorted<Object>(
        _ objects: [Object], id: KeyPath<Object, ObjectID>, name: KeyPath<Object, KernelName?>,
        memlock: KeyPath<Object, UInt64?>
    ) -> [Object] {
        switch order {
        case .id: objects
        case .memory:
            objects.sorted {
                (~($0[keyPath: memlock] ?? 0), $0[keyPath: id]) < (~($1[keyPath: memlock] ?? 0), $1[keyPath: id])
            }
        case .name:
            objects.sorted {
                ($0[keyPath: name]?.description ?? "", $0[keyPath: id]) < (
                    $1[keyPath: name]?.description ?? "", $1[keyPath: id]
                )
            }
        }
    }
}
