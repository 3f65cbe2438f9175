import CLinux
import Foundation
import Glibc
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
        try Workload.with(["--maps", "1"]) { workload in
            let map = try #require(workload.of("map").first)
            let (pid, number, id) = (
                try #require(map["pid"].int), try #require(map["fd"].int), try #require(map["id"].int)
            )
            let pidfd = clinux_pidfd_open(Int32(pid), 0)
            let fd = clinux_pidfd_getfd(pidfd, Int32(number))
            close(pidfd)
            #expect(fd >= 0)
            defer { close(fd) }
            for position in 0..<500 {
                var lock = flock()
                lock.l_type = Int16(position % 2 == 0 ? F_RDLCK : F_WRLCK)
                lock.l_whence = Int16(SEEK_SET)
                lock.l_start = off_t(position)
                lock.l_len = 1
                #expect(fcntl(fd, F_SETLK, &lock) == 0)
            }
            let text = try String(contentsOfFile: "/proc/self/fdinfo/\(fd)", encoding: .utf8)
            #expect(text.utf8.count > 4096)
            let access = AccessProbe().probe()
            var inventory = Inventory(limits: InventoryLimits(maxMemoryBytes: 10 << 20))
            let report = ProcfsSource(access: access).scan(into: &inventory, ScanContext())
            #expect(report.skipped[.malformed] == 0)
            let holders = inventory.holdings.filter { $0.key == ObjectKey(.map, ObjectID(id)) }
                .map { inventory.holders[Int($0.holder)].pid }
            #expect(Set(holders) == [Int32(pid), getpid()])
        }
    }
}
