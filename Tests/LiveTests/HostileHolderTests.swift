import Foundation
import KernelObjects
import KernelSources
import ObjectInventory
import TestSupport
import Testing

/// Processes that try to hide what they hold.
@Suite(.serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason))
struct HostileHolderTests {
    /// Locks stand in the header of an fdinfo: enough of them push the map beyond any usual buffer.
    @Test func aMapBehindHundredsOfLocksIsSeen() throws {
        try Workload.with(["--maps", "1", "--locks"]) { workload in
            let map = try #require(workload.of("map").first)
            let (pid, fd, id) = (try #require(map["pid"].int), try #require(map["fd"].int), try #require(map["id"].int))
            let text = try String(contentsOfFile: "/proc/\(pid)/fdinfo/\(fd)", encoding: .utf8)
            #expect(text.utf8.count > 20_000)
            var inventory = Inventory(limits: InventoryLimits(maxMemoryBytes: 10 << 20))
            let report = ProcfsSource(access: AccessProbe().probe()).scan(into: &inventory, ScanContext())
            #expect(report.skipped[.malformed] == 0)
            let holders = inventory.holdings.filter { $0.key == ObjectKey(.map, ObjectID(id)) }
                .map { inventory.holders[Int($0.holder)].pid }
            #expect(holders.contains(Int32(pid)))
        }
    }
}
