import CFloor
import CScene
import Glibc
import KernelObjects
public import KernelSources
import ObjectInventory

/// One way to look at the host, to be timed. Answers how many objects it met; nil when it does not tell.
public struct Contender {
    /// Looks once.
    public let look: () throws -> UInt64?
    /// Bytes that the last look holds, with what is known for the next.
    public private(set) var heldBytes: () -> Int = { 0 }

    init(_ look: @escaping () throws -> UInt64?) {
        self.look = look
    }

    /// The C loop over ids.
    public static var cIDWalk: Contender { Contender { try met(floor_id_walk()) } }
    /// The C loop over processes.
    public static var cScan: Contender { Contender { try met(floor_procfs_scan()) } }
    /// The users' tool for ids.
    public static var bpftool: Contender {
        Contender {
            try run("bpftool", "-j", "map", "show")
            try run("bpftool", "-j", "prog", "show")
            return nil
        }
    }
    /// The users' tool for files.
    public static var lsof: Contender {
        Contender {
            try run("lsof", "-n", "-w")
            return nil
        }
    }

    /// A collection of a collector that has just begun.
    public static func first(_ source: any KernelSource, collectsHolders: Bool = false) -> Contender {
        Contender {
            var known = KnownFacts.none
            return collect(source, collectsHolders, &known).met
        }
    }

    /// A collection after another one; the first of them is to be left out of the figures.
    public static func warm(_ source: any KernelSource) -> Contender {
        var known = KnownFacts(limit: 64 << 20)
        var held = 0
        known.begin(isFull: true)
        var contender = Contender {
            let collection = collect(source, false, &known)
            held = collection.bytes + known.bytes
            known.begin(isFull: false)
            return collection.met
        }
        contender.heldBytes = { held }
        return contender
    }

    private static func collect(
        _ source: any KernelSource, _ collectsHolders: Bool, _ known: inout KnownFacts
    ) -> (met: UInt64, bytes: Int) {
        var inventory = Inventory(limits: InventoryLimits(maxMemoryBytes: 256 << 20))
        swap(&known, &inventory.known)
        let report = source.scan(
            into: &inventory, ScanContext(collectsHolders: collectsHolders, runStatisticsMove: false))
        _ = inventory.finish(covered: report.covered)
        swap(&known, &inventory.known)
        known.end()
        return (report.found.programs + report.found.maps + report.found.links, inventory.budget.used)
    }

    private static func met(_ result: floor_result) throws -> UInt64 {
        guard result.error == 0 else { throw Failure("the C loop ended with errno \(result.error)") }
        return result.programs + result.maps + result.links
    }

    private static func run(_ words: String...) throws {
        var arguments = words.map { UnsafePointer(strdup($0)) }
        arguments.append(nil)
        defer { for argument in arguments { free(UnsafeMutableRawPointer(mutating: argument)) } }
        let status = run_silently(arguments)
        guard status == 0 || words[0] == "lsof" && status == 1 else {
            throw Failure("\(words.joined(separator: " ")) ended with status \(status)")
        }
    }
}
