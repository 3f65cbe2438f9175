import KernelObjects
import LinuxSystem
import ObjectInventory
import TestSupport
import Testing

@testable import KernelSources

/// The procfs source on what real kernels printed, without any right.
@Suite struct ProcfsSourceTests {
    private func access(_ fixture: String) -> KernelAccess {
        AccessProbe(paths: HostPaths(procfs: Fixtures.path("\(fixture)/proc"), sysfs: Fixtures.path("\(fixture)/sys")))
            .probe()
    }

    private func scan(
        _ fixture: String, unsafe: Bool = false, _ context: ScanContext = ScanContext()
    ) -> (Inventory, ScanReport) {
        var inventory = Inventory(limits: InventoryLimits(maxMemoryBytes: 10 << 20))
        let source = ProcfsSource(access: access(fixture), allowsUnsafeLinkFDInfo: unsafe)
        let report = source.scan(into: &inventory, context)
        return (inventory, report)
    }

    @Test(arguments: ["5.10", "6.1", "6.12"]) func findsEveryObjectOfAHolder(_ kernel: String) throws {
        let rows = try Fixtures.table("texts/\(kernel)/expected.tsv")
        func ids(_ kind: String) -> Set<String> { Set(rows.filter { $0[3] == kind }.map { $0[4] }) }
        func memory(_ kind: String) -> UInt64 {
            Dictionary(rows.filter { $0[3] == kind }.map { ($0[4], UInt64($0[6]) ?? 0) }) { $1 }.values.reduce(0, +)
        }
        var (inventory, report) = scan("texts/\(kernel)")
        let (totals, complete) = inventory.finish(covered: report.covered)
        #expect(report.outcome == .finished)
        #expect(report.errors == 0)
        #expect(Set(inventory.maps.map { "\($0.id)" }) == ids("map"))
        #expect(Set(inventory.programs.map { "\($0.id)" }) == ids("program"))
        #expect(Set(inventory.links.map { "\($0.id)" }) == ids("link"))
        #expect(totals.mapMemory == .atLeast(memory("map")))
        #expect(totals.programMemory == .atLeast(memory("program")))
        // One process of a namespace is not the host.
        #expect(complete.isEmpty)
        #expect(inventory.holders.map(\.pid) == [100])
        #expect(inventory.holdings.count == ids("map").count + ids("program").count + ids("link").count)
        #expect(inventory.programs.allSatisfy { $0.name == nil && $0.mapIDs == nil })
    }

    @Test func onAKernelThatMayCrashNothingIsReadThatCannotBeCopied() {
        let (inventory, report) = scan("texts/6.18")
        #expect(inventory.maps.isEmpty && inventory.programs.isEmpty && inventory.links.isEmpty)
        #expect(report.skipped[.unsafe] == 70)
        #expect(report.limitations.contains { $0.code == .unsafeKernel })
        let (all, _) = scan("texts/6.18", unsafe: true)
        #expect(all.maps.count == 38 && all.programs.count == 20 && all.links.count == 12)
    }

    @Test func tellsTheContainerOfAHolder() {
        let (inventory, _) = scan("texts/6.18", unsafe: true)
        #expect(inventory.holders.first?.containerID == String(repeating: "4be2d97ac0513f68", count: 4))
    }

    @Test func hostileTextsSpoilOnlyThemselves() throws {
        let rows = try Fixtures.table("hostile/expected.tsv")
        let (inventory, report) = scan("hostile", unsafe: true)
        // A file with a misleading name and one of another kind are passed over at their links.
        #expect(report.skipped[.malformed] == UInt64(rows.filter { $0[1] == "malformed" }.count))
        #expect(report.errors == report.skipped[.malformed])
        #expect(Set(inventory.maps.map(\.id)) == Set(rows.filter { $0[1] == "map" }.compactMap { UInt32($0[2]) }))
        #expect(Set(inventory.links.map(\.id)) == Set(rows.filter { $0[1] == "link" }.compactMap { UInt32($0[2]) }))
        #expect(inventory.programs.map(\.id) == [1020])
        // The zombie and the kernel thread are nobody's loss.
        #expect(report.skipped[.permission] == 0)
        #expect(inventory.holders.map(\.pid).sorted() == [300, 301])
    }

    @Test func budgetsCutAndSaySo() {
        let (few, report) = scan(
            "texts/6.12", ScanContext(fdBudget: FDBudget(perProcess: 10, total: 1000)))
        #expect(few.maps.count + few.programs.count + few.links.count <= 10)
        #expect(report.skipped[.deadline] == 1)
        #expect(report.limitations.contains { $0.code == .deadline })
        let (_, late) = scan("texts/6.12", ScanContext(deadline: .after(.zero)))
        #expect(late.outcome == .cut)
        let (_, poor) = scan("texts/6.12", ScanContext(fdBudget: FDBudget(perProcess: 100, total: 5)))
        #expect(poor.outcome == .cut)
    }

    @Test func mendsNamesFromKallsyms() throws {
        var (inventory, _) = scan("texts/6.12")
        let before = inventory.programs.filter { $0.name != nil }.count
        let limitation = ProgramNames(access: access("texts/6.12")).mend(&inventory)
        #expect(before == 0)
        let named = inventory.programs.filter { $0.name != nil }
        #expect(!named.isEmpty && named.count < inventory.programs.count)
        #expect(named.allSatisfy { $0.nameOrigin == .kallsyms })
        // Twelve programs share one tag under different names: theirs stay unknown.
        #expect(limitation?.code == .byNature)
    }

    @Test func aMissingProcfsIsSaid() {
        let (_, report) = scan("nowhere")
        #expect(report.limitations.map(\.code) == [.noProcfs])
        let assessment = ProcfsSource(access: access("nowhere")).assess()
        #expect(assessment.verdict == .unavailable)
    }
}
