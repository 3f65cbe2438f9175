import KernelObjects
import ObjectInventory
import Testing

@Suite struct InventoryTests {
    private static let all: Coverage = [.objects, Coverage(.memory), Coverage(.pins), Coverage(.holders)]

    private func map(_ id: ObjectID, memlock: UInt64? = nil, name: String? = nil) -> BPFMap {
        var map = BPFMap(id: id, source: .procfs)
        map.memlock = memlock
        map.name = name.map { KernelName($0) }
        return map
    }

    private func program(
        _ id: ObjectID, _ name: String?, maps: [ObjectID]? = nil, memlock: UInt64? = 4096
    ) -> BPFProgram {
        var program = BPFProgram(id: id, source: .libbpf)
        program.name = name.map { KernelName($0) }
        program.mapIDs = maps
        program.memlock = memlock
        return program
    }

    private func inventory(
        _ prefixes: [String] = [], memory: Int = 10 << 20, maxMaps: Int? = nil, maxPrograms: Int? = nil
    ) -> Inventory {
        Inventory(
            limits: InventoryLimits(maxMemoryBytes: memory, maxMaps: maxMaps, maxPrograms: maxPrograms),
            filter: ProgramFilter(prefixes: prefixes))
    }

    @Test func mergesFactsByIDAndTheFirstOneWins() {
        var inventory = inventory()
        inventory.add(map(7, memlock: 100))
        var second = BPFMap(id: 7, source: .bpffs)
        second.memlock = 999
        second.name = KernelName("seven")
        inventory.add(second)
        let (totals, complete) = inventory.finish(covered: Self.all)
        #expect(inventory.maps.count == 1)
        #expect(inventory.maps[0].memlock == 100)
        #expect(inventory.maps[0].name?.description == "seven")
        #expect(inventory.maps[0].sources == [SourceSet(.procfs), SourceSet(.bpffs)])
        #expect(totals.maps == .exact(1))
        #expect(totals.mapMemory == .exact(100))
        #expect(complete == Self.all)
    }

    @Test func nothingSeenIsUnknownUnlessTheLookWasComplete() {
        var blind = inventory()
        let (unseen, _) = blind.finish(covered: [])
        #expect(unseen.programs == .unknown)
        #expect(unseen.mapMemory == .unknown)
        #expect(unseen.pins == .unknown)
        var empty = inventory()
        let (none, complete) = empty.finish(covered: Self.all)
        #expect(none.programs == .exact(0))
        #expect(none.mapMemory == .exact(0))
        #expect(complete.contains(.memory))
    }

    @Test func aPartialTotalIsALowerBound() {
        var inventory = inventory()
        inventory.add(map(1, memlock: 50))
        inventory.add(map(2))
        let (totals, complete) = inventory.finish(covered: [])
        #expect(totals.maps == .atLeast(2))
        #expect(totals.mapMemory == .atLeast(50))
        #expect(complete.isEmpty)
    }

    @Test func oneUnknownMemoryMakesTheSumALowerBound() {
        var inventory = inventory()
        inventory.add(map(1, memlock: 50))
        inventory.add(map(2))
        let (totals, complete) = inventory.finish(covered: Self.all)
        #expect(totals.maps == .exact(2))
        #expect(totals.mapMemory == .atLeast(50))
        #expect(!complete.contains(.memory))
        #expect(complete.contains(.maps))
    }

    @Test func memoryOfNoneIsUnknownNotZero() {
        var inventory = inventory()
        inventory.add(map(2))
        let (totals, _) = inventory.finish(covered: Self.all)
        #expect(totals.mapMemory == .unknown)
    }

    @Test func aFilterCountsMatchingProgramsAndTheMapsTheyUse() {
        var inventory = inventory(["odigos_"])
        // Maps come first, as in a scan of processes: which of them count is decided at the end.
        for id in 1...4 as ClosedRange<ObjectID> { inventory.add(map(id, memlock: UInt64(id) * 10)) }
        inventory.add(program(1, "odigos_a", maps: [1, 2]))
        inventory.add(program(2, "odigos_b", maps: [2]))
        inventory.add(program(3, "other", maps: [3]))
        var link = BPFLink(id: 9, source: .libbpf)
        link.programID = 2
        inventory.add(link)
        var foreign = BPFLink(id: 10, source: .libbpf)
        foreign.programID = 3
        inventory.add(foreign)
        inventory.add(BPFPin(path: [0x2F], content: .object(ObjectKey(.map, 1))))
        inventory.add(BPFPin(path: [0x2F], content: .object(ObjectKey(.map, 4))))
        let (totals, complete) = inventory.finish(covered: Self.all)
        #expect(totals.programs == .exact(2))
        #expect(totals.programMemory == .exact(8192))
        #expect(totals.maps == .exact(2))
        #expect(totals.mapMemory == .exact(30))
        #expect(totals.links == .exact(1))
        #expect(totals.pins == .exact(1))
        #expect(totals.programsWithOtherPrefix == 1)
        #expect(inventory.programs.map(\.id) == [1, 2])
        #expect(inventory.maps.map(\.id) == [1, 2])
        #expect(inventory.links.map(\.id) == [9])
        #expect(complete == Self.all)
    }

    @Test func underAFilterAnUnknownNameIsNotGuessed() {
        var inventory = inventory(["odigos_"])
        inventory.add(program(1, "odigos_a", maps: []))
        inventory.add(program(2, nil, maps: [5]))
        inventory.add(map(5, memlock: 10))
        let (totals, complete) = inventory.finish(covered: Self.all)
        #expect(totals.programs == .atLeast(1))
        #expect(totals.programsWithUnknownName == 1)
        #expect(!complete.contains(.programs))
        #expect(totals.maps == .unknown)
        #expect(inventory.programs.map(\.id) == [1])
    }

    @Test func underAFilterUnknownEdgesMakeMapTotalsUnknown() {
        var inventory = inventory(["odigos_"])
        inventory.add(program(1, "odigos_a", maps: nil))
        inventory.add(map(5, memlock: 10))
        let (totals, _) = inventory.finish(covered: Self.all)
        #expect(totals.programs == .exact(1))
        #expect(totals.maps == .unknown)
        #expect(totals.mapMemory == .unknown)
    }

    @Test func aNameThatComesLateCountsProgramAndMaps() {
        var inventory = inventory(["odigos_"])
        var nameless = program(1, nil, maps: [5])
        nameless.tag = ProgramTag(value: 1)
        inventory.add(nameless)
        inventory.add(map(5, memlock: 10))
        inventory.nameProgramsByTag { _ in (KernelName("odigos_late"), nil) }
        let (totals, _) = inventory.finish(covered: Self.all)
        #expect(totals.programs == .exact(1))
        #expect(totals.maps == .exact(1))
        #expect(totals.mapMemory == .exact(10))
        #expect(inventory.programs.first?.nameOrigin == .kallsyms)
    }

    @Test func keepsTheMapsWithTheMostMemoryAndCountsAll() {
        var inventory = inventory(maxMaps: 10)
        // 7919 is prime to 1000, so every size comes once, in no order.
        for id in 1...1000 as ClosedRange<ObjectID> { inventory.add(map(id, memlock: UInt64(id) * 7919 % 1000)) }
        let (totals, _) = inventory.finish(covered: Self.all)
        #expect(totals.maps == .exact(1000))
        #expect(totals.mapMemory == .exact(499_500))
        #expect(inventory.maps.map { $0.memlock ?? 0 }.sorted() == Array(990...999))
        #expect(inventory.maps.map(\.id) == inventory.maps.map(\.id).sorted())
    }

    @Test func tiesGoToTheLowerID() {
        var inventory = inventory(maxMaps: 3, maxPrograms: 2)
        for id in (1...200 as ClosedRange<ObjectID>).reversed() {
            inventory.add(map(id, memlock: 8))
            inventory.add(program(id, "p"))
        }
        _ = inventory.finish(covered: Self.all)
        #expect(inventory.maps.map(\.id) == [1, 2, 3])
        #expect(inventory.programs.map(\.id) == [1, 2])
    }

    @Test func atTheMemoryLimitDetailsStopAndTotalsStayExact() {
        var inventory = inventory(memory: 400 << 10)
        for id in 1...3000 as ClosedRange<ObjectID> {
            inventory.add(map(id, memlock: 3))
            // Seen twice, as by two holders: counted once.
            inventory.add(map(id, memlock: 3))
        }
        let (totals, complete) = inventory.finish(covered: Self.all)
        #expect(totals.maps == .exact(3000))
        #expect(totals.mapMemory == .exact(9_000))
        #expect(complete.contains(.maps))
        #expect(inventory.uncounted == 0)
        #expect(inventory.cut.maps == UInt64(3000 - inventory.maps.count))
        #expect(inventory.maps.count > 500)
        #expect(inventory.budget.peak <= 400 << 10)
    }

    @Test func whenIDsDoNotFitTotalsAreLowerBounds() {
        var inventory = inventory(memory: 32 << 10)
        for id in 1...20_000 as ClosedRange<ObjectID> { inventory.add(map(id, memlock: 1)) }
        let (totals, complete) = inventory.finish(covered: Self.all)
        #expect(inventory.uncounted > 0)
        #expect(!totals.maps.isExact)
        #expect(totals.maps == .atLeast(20_000 - inventory.uncounted))
        #expect(!complete.contains(.maps))
        #expect(inventory.budget.peak <= 32 << 10)
    }

    @Test func holdersCountAnObjectOnceThatTheyHoldTwice() throws {
        var inventory = inventory()
        inventory.add(map(1, memlock: 5))
        let (a, b) = (inventory.add(Holder(pid: 10)), inventory.add(Holder(pid: 11)))
        let (first, second) = (try #require(a), try #require(b))
        inventory.add(holding: ObjectKey(.map, 1), by: first)
        inventory.add(holding: ObjectKey(.map, 1), by: first)
        inventory.add(holding: ObjectKey(.map, 1), by: second)
        #expect(inventory.holdings.count == 2)
    }

    @Test func sumsBeyond64BitsStayAtTheTop() {
        var inventory = inventory()
        inventory.add(map(1, memlock: .max))
        inventory.add(map(2, memlock: 5))
        let (totals, _) = inventory.finish(covered: Self.all)
        #expect(totals.mapMemory == .exact(.max))
    }

    @Test func namesThatComeLateMayPrune() {
        var inventory = inventory(["odigos_"], maxPrograms: 50)
        for id in 1...200 as ClosedRange<ObjectID> {
            var program = program(id, nil, maps: [])
            program.tag = ProgramTag(value: UInt64(id))
            inventory.add(program)
        }
        inventory.nameProgramsByTag { ($0.id % 2 == 0 ? KernelName("odigos_p") : KernelName("other_p"), nil) }
        let (totals, _) = inventory.finish(covered: Self.all)
        #expect(totals.programs == .exact(100))
        #expect(inventory.programs.map(\.id) == (1...50).map { $0 * 2 })
    }

    @Test func othersProgramsTakeNoPlaceFromMatchingOnes() {
        var inventory = inventory(["odigos_"], maxPrograms: 50)
        for id in 1...120 as ClosedRange<ObjectID> {
            inventory.add(program(id, nil, maps: nil, memlock: id <= 90 ? 8192 : 4096))
        }
        for id in 1...120 as ClosedRange<ObjectID> {
            inventory.add(program(id, id <= 90 ? "other_x" : "odigos_x", maps: [], memlock: nil))
        }
        let (totals, _) = inventory.finish(covered: Self.all)
        #expect(totals.programs == .exact(30))
        #expect(inventory.programs.map(\.id) == Array(91...120))
    }

    @Test func underAFilterNothingIsExactWithoutAllPrograms() {
        var inventory = inventory(["odigos_"])
        inventory.add(program(1, "odigos_a", maps: []))
        let (totals, complete) = inventory.finish(covered: Self.all.subtracting(Coverage(.programs)))
        #expect(totals.programs == .atLeast(1))
        #expect(totals.maps == .unknown)
        #expect(totals.links == .unknown)
        #expect(complete.isDisjoint(with: [.objects, Coverage(.memory)]))
    }
}
