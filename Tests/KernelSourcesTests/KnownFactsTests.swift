import KernelObjects
import LinuxSystem
import ObjectInventory
import Synchronization
import Testing

@testable import KernelSources

/// What a walk of ids asks for again, and what it does not.
@Suite struct KnownFactsTests {
    /// A host by a script, that counts what is opened.
    private final class Script: ObjectCalls {
        struct State {
            var maps: [ObjectID: BPFMap] = [:]
            var programs: [ObjectID: BPFProgram] = [:]
            var refused: Set<ObjectID> = []
            var opened: [ObjectKey] = []
            /// Names of functions, and the programs of which one was asked.
            var functions: [ObjectID: String] = [:]
            var asked: [ObjectID] = []
            var translatedLength: UInt32 = 0
            var events: [String] = []
            var files: [Int32: ObjectKey] = [:]

            func ids(_ kind: ObjectKind) -> [ObjectID] {
                switch kind {
                case .map: maps.keys.sorted()
                case .program: programs.keys.sorted()
                case .link: []
                }
            }
        }

        let source = SourceKind.libbpf
        let state = Mutex(State())

        func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID {
            guard let next = state.withLock({ $0.ids(kind).first { $0 > id } }) else { throw .notFound }
            return next
        }

        func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor {
            let isRefused = state.withLock { state in
                state.opened.append(ObjectKey(kind, id))
                return state.refused.contains(id)
            }
            if isRefused { throw .notPermitted }
            let file = try FileDescriptor.open("/dev/null", .read)
            let number = file.number
            state.withLock { $0.files[number] = ObjectKey(kind, id) }
            return file
        }

        func open(pin: borrowing FileDescriptor, readOnly: Bool) throws(Errno) -> FileDescriptor { throw .notFound }
        func kind(of fd: Int32) -> ObjectKind? { state.withLock { $0.files[fd]?.kind } }

        func programInfo(
            _ fd: Int32, mapIDs room: UnsafeMutableBufferPointer<ObjectID>
        ) throws(Errno) -> ProgramInfo {
            guard let program = state.withLock({ state in state.files[fd].flatMap { state.programs[$0.id] } }) else {
                throw .notFound
            }
            let length = state.withLock { $0.translatedLength }
            return ProgramInfo(program: program, mapCount: 0, translatedLength: length)
        }

        func functionName(ofProgram fd: Int32, _ room: inout BTFRoom) throws(Errno) -> String {
            let name: String? = state.withLock { state in
                guard let id = state.files[fd]?.id else { return nil }
                state.asked.append(id)
                return state.functions[id]
            }
            guard let name else { throw .noData }
            return name
        }

        func mapInfo(_ fd: Int32) throws(Errno) -> BPFMap {
            guard let map = state.withLock({ state in state.files[fd].flatMap { state.maps[$0.id] } }) else {
                throw .notFound
            }
            return map
        }

        func linkInfo(_ fd: Int32) throws(Errno) -> BPFLink { throw .notFound }

        func add(map id: ObjectID, _ type: MapType = .array, memlock: UInt64 = 4096, size: UInt32 = 4) {
            var map = BPFMap(id: id, source: .libbpf)
            (map.type, map.flags, map.valueSize, map.memlock) = (type, 0, size, memlock)
            state.withLock { $0.maps[id] = map }
        }

        func add(program id: ObjectID, runCount: UInt64 = 0, memlock: UInt64? = 4096) {
            var program = BPFProgram(id: id, source: .libbpf)
            (program.type, program.tag, program.runCount) = (.kprobe, ProgramTag(value: UInt64(id)), runCount)
            program.memlock = memlock
            state.withLock { $0.programs[id] = program }
        }
    }

    private let script = Script()
    private var known = KnownFacts(limit: 1 << 20)
    private var access = AccessProbe().probe()

    init() {
        access.bpf = Observed(.reachable, by: "test")
        for id: ObjectID in [3, 4, 7, 9] { script.add(map: id) }
        for id: ObjectID in [1, 2] { script.add(program: id) }
    }

    /// One collection: what it saw, and what was opened for it.
    private mutating func collect(
        isFull: Bool = false, findsFullNames: Bool = false, runStatisticsMove: Bool = false
    ) -> (inventory: Inventory, report: ScanReport, opened: [ObjectKey]) {
        script.state.withLock { ($0.opened, $0.asked) = ([], []) }
        known.begin(isFull: isFull)
        var inventory = Inventory(limits: InventoryLimits(maxMemoryBytes: 1 << 20))
        swap(&inventory.known, &known)
        let source = IDEnumerationSource(calls: script, access: access)
        let script = script
        let report = source.scan(
            into: &inventory,
            ScanContext(findsFullNames: findsFullNames, runStatisticsMove: runStatisticsMove) { event in
                script.state.withLock { $0.events.append("\(event.place): \(event.detail)") }
            })
        _ = inventory.finish(covered: report.covered)
        swap(&inventory.known, &known)
        known.end()
        return (inventory, report, script.state.withLock { $0.opened })
    }

    private var events: [String] { script.state.withLock { $0.events } }

    private func maps(_ ids: ObjectID...) -> [ObjectKey] { ids.map { ObjectKey(.map, $0) } }

    @Test mutating func aFullNameIsAskedForOnce() {
        let names = [
            "uprobe_fifteen_": "uprobe_fifteen_and_more", "another_name_of": "a_function", "small": "small_one",
        ]
        for (id, name) in zip([11, 12, 13] as [ObjectID], ["uprobe_fifteen_", "another_name_of", "small"]) {
            script.add(program: id)
            script.state.withLock { state in
                state.programs[id]?.name = KernelName(name)
                state.functions[id] = names[name]
            }
        }
        let (first, _, _) = collect(isFull: true, findsFullNames: true)
        #expect(script.state.withLock { $0.asked } == [11, 12])
        let fullNames = ["uprobe_fifteen_and_more", nil, nil]
        #expect(first.programs.suffix(3).map(\.fullName) == fullNames)
        #expect(!first.hasCutNames)
        let (second, _, opened) = collect(findsFullNames: true, runStatisticsMove: true)
        #expect(opened.contains(ObjectKey(.program, 11)) && script.state.withLock { $0.asked } == [])
        #expect(second.programs.suffix(3).map(\.fullName) == fullNames)
    }

    /// To whoever may see instructions, no id of BTF says that there is none; to others it says nothing.
    @Test(arguments: [(0 as UInt32, nil as ObjectID?, true), (16, nil, false), (16, 5, true), (0, 5, true)])
    mutating func onlyWhatCannotHaveAFullNameIsNotSought(_ length: UInt32, _ btf: ObjectID?, _ isSought: Bool) {
        script.add(program: 11)
        script.state.withLock { state in
            state.translatedLength = length
            state.programs[11]?.name = KernelName("uprobe_fifteen_")
            state.programs[11]?.btfID = btf
        }
        let (inventory, _, _) = collect(isFull: true, findsFullNames: true)
        #expect(script.state.withLock { $0.asked } == (isSought ? [11] : []))
        // Where BTF does not tell, kallsyms may.
        #expect(inventory.hasCutNames == isSought)
    }

    @Test mutating func whatCannotChangeIsNotOpenedAgain() {
        let first = collect(isFull: true)
        #expect(first.opened.count == 6)
        #expect(first.report.recognized == Recognized())
        let second = collect()
        #expect(second.opened == [])
        #expect(second.inventory.maps == first.inventory.maps && second.inventory.maps.count == 4)
        #expect(second.inventory.programs == first.inventory.programs && second.inventory.programs.count == 2)
        #expect(second.report.found == first.report.found)
        #expect(second.report.covered == first.report.covered && second.report.covered.isSuperset(of: .objects))
        #expect(second.report.recognized.maps == 4 && second.report.recognized.programs == 2)
        #expect(events == [])
    }

    @Test mutating func whatIsNewIsOpenedAndWhatIsGoneIsForgotten() {
        _ = collect(isFull: true)
        script.add(map: 12)
        script.state.withLock { $0.maps[4] = nil }
        let second = collect()
        #expect(second.opened == maps(12))
        #expect(second.inventory.maps.map(\.id) == [3, 7, 9, 12])
        #expect(collect().opened == [])
    }

    @Test mutating func memoryThatMovesIsReadAgain() {
        script.add(map: 7, MapType(rawValue: 11), memlock: 0)
        _ = collect(isFull: true)
        script.add(map: 7, MapType(rawValue: 11), memlock: 512)
        let second = collect()
        #expect(second.opened == maps(7))
        #expect(second.inventory.maps.first { $0.id == 7 }?.memlock == 512)
    }

    @Test mutating func runStatisticsAreReadAgainWhileTheyMove() {
        _ = collect(isFull: true)
        script.add(program: 2, runCount: 17)
        let second = collect(runStatisticsMove: true)
        #expect(second.opened == [ObjectKey(.program, 1), ObjectKey(.program, 2)])
        #expect(second.inventory.programs.map(\.runCount) == [0, 17])
    }

    @Test mutating func aFullCollectionReadsEverything() {
        let first = collect(isFull: true)
        let second = collect(isFull: true)
        #expect(second.opened == first.opened)
        #expect(second.report.recognized == Recognized())
        #expect(collect().opened == [])
    }

    /// After the wrap, ids begin below those that are there: nothing that is known can be relied on, not even of the
    /// map with the same id as one before.
    @Test mutating func idsThatWrapAreNoticed() {
        _ = collect(isFull: true)
        script.add(map: 3, size: 64)
        script.add(map: 5)
        let second = collect()
        // Opened again is what is there, some of it twice.
        #expect(Set(second.opened).isSuperset(of: maps(3, 4, 5, 7, 9)))
        #expect(second.inventory.maps.first { $0.id == 3 }?.valueSize == 64)
        #expect(second.inventory.maps.map(\.id) == [3, 4, 5, 7, 9])
        #expect(second.report.found.maps == 5)
        #expect(second.report.outcome == .finished)
        #expect(events == ["map 5: ids are used again for other objects, so everything is read anew"])
        #expect(collect().opened == [])
        #expect(events.count == 1)
    }

    /// What is read anew needs no such proof.
    @Test mutating func aFullCollectionTellsOfNoWrap() {
        _ = collect(isFull: true)
        script.add(map: 5)
        #expect(collect(isFull: true).opened.count == 7)
        #expect(events == [])
    }

    @Test mutating func anotherObjectUnderAnOldIDIsNoticedWhenItIsRead() {
        script.add(map: 7, MapType(rawValue: 11), memlock: 0)
        _ = collect(isFull: true)
        script.add(map: 7, .array, size: 8)
        script.add(map: 3, size: 64)
        let second = collect()
        #expect(second.inventory.maps.first { $0.id == 7 }?.type == .array)
        #expect(second.inventory.maps.first { $0.id == 3 }?.valueSize == 64)
    }

    @Test mutating func anObjectThatIsRefusedIsNoWrap() {
        script.state.withLock { $0.refused = [4] }
        _ = collect(isFull: true)
        #expect(collect().opened == maps(4))
        #expect(collect().opened == maps(4))
        script.state.withLock { $0.refused = [] }
        #expect(collect().opened == maps(4))
        #expect(collect().opened == [])
    }

    /// So near the end of the ids nothing can be said.
    @Test mutating func nearTheWrapEverythingIsRead() {
        script.add(map: ObjectID(Int32.max) - 5)
        let first = collect(isFull: true)
        #expect(collect().opened.count { $0.kind == .map } == first.opened.count { $0.kind == .map })
    }

    @Test mutating func withoutRoomEverythingIsRead() {
        known = KnownFacts(limit: 256)
        let first = collect(isFull: true)
        #expect(known.bytes <= 256)
        let second = collect()
        #expect(second.opened.count == first.opened.count)
        #expect(second.inventory.maps == first.inventory.maps)
        #expect(events == [])
    }

    /// An id that found no place is no new one.
    @Test mutating func idsWithoutRoomAreNoWrapEither() {
        known = KnownFacts(limit: 8 << 10)
        for id in 100..<ObjectID(400) { script.add(map: id) }
        let first = collect(isFull: true)
        #expect(first.inventory.maps.count == 304)
        for gone in 100..<ObjectID(104) {
            script.state.withLock { $0.maps[gone] = nil }
            #expect(collect().inventory.maps.count == 304 - Int(gone - 99))
            #expect(known.bytes <= 8 << 10)
        }
        #expect(events == [])
    }

    @Test mutating func whatCouldNotBeReadIsReadAgain() {
        script.add(program: 2, memlock: nil)
        _ = collect(isFull: true)
        script.add(program: 2)
        let second = collect()
        #expect(second.opened == [ObjectKey(.program, 2)])
        #expect(second.inventory.programs.map(\.memlock) == [4096, 4096])
    }

    // MARK: Processes

    private func signs(_ openFiles: Int64, threads: UInt64 = 1) -> KnownProcesses.Signs {
        var signs = KnownProcesses.Signs()
        (signs.openFiles, signs.taskLinks) = (openFiles, threads + 2)
        return signs
    }

    private mutating func remember(_ pid: Int32, _ openFiles: Int64, fds: [Int32] = []) {
        known.processes.begin()
        for fd in fds { known.processes.add(fd) }
        known.processes.remember(pid, inode: UInt64(pid) * 10, signs(openFiles))
    }

    private func fds(_ pid: Int32, _ openFiles: Int64) -> [Int32]? {
        known.processes.recall(pid, inode: UInt64(pid) * 10, signs(openFiles))?.objects.map {
            known.processes.fd(at: $0)
        }
    }

    @Test mutating func aProcessIsKnownByItsSigns() {
        known.begin(isFull: true)
        remember(7, 4, fds: [3, 5])
        remember(8, 2)
        known.end()
        known.begin(isFull: false)
        #expect(fds(7, 4) == [3, 5])
        #expect(fds(8, 2) == [])
        #expect(fds(7, 5) == nil && fds(9, 4) == nil)
        // Another process with the same id, or one with a thread more.
        #expect(known.processes.recall(7, inode: 71, signs(4)) == nil)
        #expect(known.processes.recall(7, inode: 70, signs(4, threads: 2)) == nil)
        known.end()
        // Neither was met in that collection.
        known.begin(isFull: false)
        #expect(fds(7, 4) == nil)
    }

    @Test mutating func fdsOfAProcessThatIsNotRememberedAreNobodyElses() {
        known.begin(isFull: true)
        known.processes.begin()
        known.processes.add(11)
        remember(8, 2)
        known.processes.begin()
        known.processes.add(12)
        known.end()
        known.begin(isFull: false)
        #expect(fds(8, 2) == [])
    }

    @Test mutating func nobodyIsKnownInAFullCollection() {
        known.begin(isFull: true)
        remember(7, 4)
        known.end()
        known.begin(isFull: true)
        #expect(fds(7, 4) == nil)
    }
}
