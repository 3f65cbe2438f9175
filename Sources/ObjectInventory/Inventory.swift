public import KernelObjects

/// Everything one collection has learnt: objects by kind and id, each fact from the first source that had it.
///
/// Sources add what they see in any order and as often as they see it. Of every object a small record is kept, so
/// that each counts once in the totals; its details are kept while they fit into the limits. `finish` then applies
/// the filter and leaves the details sorted by id.
public struct Inventory: Sendable {
    /// What is kept at most.
    public let limits: InventoryLimits
    /// Which programs, and the maps and links that belong to them, are counted and kept.
    public let filter: ProgramFilter
    /// The memory that is held.
    public internal(set) var budget: MemoryBudget
    /// What earlier collections learnt, for the sources to use and to add to.
    public var known: KnownFacts

    var programTable = IDTable(empty: Ledger.Program())
    var mapTable = IDTable(empty: Ledger.Map())
    var linkTable = IDTable(empty: Ledger.Link())
    var programDetails: BoundedArray<BPFProgram>
    var mapDetails: BoundedArray<BPFMap>
    var linkDetails = BoundedArray<BPFLink>()
    var pinDetails = BoundedArray<BPFPin>()
    var holderDetails: BoundedArray<Holder>
    var holdingDetails = BoundedArray<Holding>()
    /// Programs with details of which the filter cannot say yet whether they count.
    private var undecidedDetails = 0
    var pinCount: UInt64 = 0
    var unopenedPinCount: UInt64 = 0
    /// Kinds of which all objects have been told: whoever comes later adds facts to them, but no younger objects, so
    /// that totals are those of one walk.
    private var closed = ClosedKinds()

    /// Details that did not fit into the memory limit, by kind of thing.
    public internal(set) var cut = CutDetails()
    /// Objects that could not even be counted: from here on totals are lower bounds.
    public internal(set) var uncounted: UInt64 = 0

    /// Which details are missing because they did not fit into the memory limit.
    public struct CutDetails: Sendable, Equatable {
        /// Programs without details.
        public var programs: UInt64 = 0
        /// Maps without details.
        public var maps: UInt64 = 0
        /// Links without details.
        public var links: UInt64 = 0
        /// Pins without details.
        public var pins: UInt64 = 0
        /// Holders, or things they hold, without details.
        public var holders: UInt64 = 0

        /// Whether anything was cut.
        public var isEmpty: Bool { self == CutDetails() }
    }

    /// One thing that a holder holds.
    public struct Holding: Sendable, Hashable {
        /// The index in `holders`.
        public let holder: Int32
        /// What it holds.
        public let key: ObjectKey
    }

    /// An empty inventory.
    public init(limits: InventoryLimits, filter: ProgramFilter = ProgramFilter(), known: KnownFacts = .none) {
        self.limits = limits
        self.filter = filter
        self.known = known
        budget = MemoryBudget(limit: limits.maxMemoryBytes)
        programDetails = BoundedArray(companions: limits.rendered.perProgram)
        mapDetails = BoundedArray(companions: limits.rendered.perMap)
        holderDetails = BoundedArray(companions: limits.rendered.perHolder)
    }

    // MARK: Adding

    /// Adds what a source knows of a program.
    public mutating func add(_ program: BPFProgram) {
        guard
            let place = Self.place(of: program.id, isClosed: isClosed(.program), in: &programTable, &budget, &uncounted)
        else {
            return
        }
        var entry = programTable[place]
        if let memlock = program.memlock, !entry.isMemlockKnown {
            entry.memlock = memlock
            entry.isMemlockKnown = true
        }
        if entry.verdict == .undecided {
            entry.verdict = filter.verdict(on: program.name)
            if entry.verdict != .undecided, entry.slot.index != nil { undecidedDetails -= 1 }
        }
        if let mapIDs = program.mapIDs, !entry.areMapsKnown {
            entry.areMapsKnown = true
            if entry.verdict == .matches, !filter.passesAll { markUsed(mapIDs) }
        }
        if let index = entry.slot.index {
            merge(program, at: index)
        } else if entry.slot == .none, entry.verdict != .differs {
            entry.slot = keep(program)
            if entry.verdict == .undecided, entry.slot.index != nil { undecidedDetails += 1 }
        }
        programTable[place] = entry
        pruneProgramsIfNeeded()
    }

    /// Adds what a source knows of a map.
    public mutating func add(_ map: BPFMap) {
        guard let place = Self.place(of: map.id, isClosed: isClosed(.map), in: &mapTable, &budget, &uncounted) else {
            return
        }
        var entry = mapTable[place]
        entry.isSeen = true
        if let memlock = map.memlock, !entry.isMemlockKnown {
            entry.memlock = memlock
            entry.isMemlockKnown = true
        }
        if let index = entry.slot.index {
            mapDetails.update(at: index) { $0.merge(map) }
        } else if entry.slot == .none, filter.passesAll || entry.isUsed || !isClosed(.program) {
            if mapDetails.append(map, within: &budget) {
                entry.slot = Ledger.Slot(mapDetails.elements.count - 1)
            } else {
                entry.slot = .cut
                cut.maps += 1
            }
        }
        mapTable[place] = entry
        pruneMapsIfNeeded()
    }

    /// Adds what a source knows of a link.
    public mutating func add(_ link: BPFLink) {
        guard let place = Self.place(of: link.id, isClosed: isClosed(.link), in: &linkTable, &budget, &uncounted) else {
            return
        }
        var entry = linkTable[place]
        if entry.programID == 0 { entry.programID = link.programID ?? 0 }
        if let index = entry.slot.index {
            linkDetails.update(at: index) { $0.merge(link) }
        } else if entry.slot == .none {
            if linkDetails.append(link, within: &budget) {
                entry.slot = Ledger.Slot(linkDetails.elements.count - 1)
            } else {
                entry.slot = .cut
                cut.links += 1
            }
        }
        linkTable[place] = entry
    }

    /// Adds a pin. Each name counts once: a source adds it once.
    public mutating func add(_ pin: BPFPin) {
        pinCount += 1
        if case .unopened = pin.content { unopenedPinCount += 1 }
        let bytes = Self.allocationBytes(pin.path.count)
        guard budget.take(bytes, for: .details) else {
            cut.pins += 1
            return
        }
        if !pinDetails.append(pin, within: &budget) {
            budget.giveBack(bytes, for: .details)
            cut.pins += 1
        }
    }

    /// Adds a holder, for `add(holding:)`; nil when it does not fit.
    public mutating func add(_ holder: Holder) -> Int32? {
        let bytes = (holder.containerID?.utf8.count ?? 0) + 32
        guard budget.take(bytes, for: .details) else {
            cut.holders += 1
            return nil
        }
        guard holderDetails.append(holder, within: &budget) else {
            budget.giveBack(bytes, for: .details)
            cut.holders += 1
            return nil
        }
        return Int32(holderDetails.elements.count - 1)
    }

    /// Adds that a holder holds something that was added before. Held by several of its fds, it counts once, provided
    /// that a holder's fds are told one after another.
    public mutating func add(holding key: ObjectKey, by holder: Int32) {
        guard markHeld(key, by: holder) else { return }
        if !holdingDetails.append(Holding(holder: holder, key: key), within: &budget) { cut.holders += 1 }
    }

    /// False when this holder was the last that was told to hold it, or when it is not in the inventory.
    private mutating func markHeld(_ key: ObjectKey, by holder: Int32) -> Bool {
        switch key.kind {
        case .program:
            guard let place = programTable.place(of: key.id) else { return false }
            defer { programTable[place].lastHolder = holder }
            return programTable[place].lastHolder != holder
        case .map:
            guard let place = mapTable.place(of: key.id) else { return false }
            defer { mapTable[place].lastHolder = holder }
            return mapTable[place].lastHolder != holder
        case .link:
            guard let place = linkTable.place(of: key.id) else { return false }
            defer { linkTable[place].lastHolder = holder }
            return linkTable[place].lastHolder != holder
        }
    }

    // MARK: Asking while adding

    /// Whether a source that meets a program should take the trouble to learn its name and maps.
    public func wantsDetails(ofProgram id: ObjectID) -> Bool {
        guard let place = programTable.place(of: id) else { return !isClosed(.program) }
        let entry = programTable[place]
        guard let index = entry.slot.index else { return entry.slot == .none && entry.verdict != .differs }
        return programDetails.elements[index].name == nil || !entry.areMapsKnown
    }

    /// Whether a source that meets a program should look for its full name.
    public func wantsFullName(ofProgram id: ObjectID) -> Bool {
        guard let place = programTable.place(of: id), let index = programTable[place].slot.index else {
            return wantsDetails(ofProgram: id)
        }
        let program = programDetails.elements[index]
        return program.fullName == nil && !program.wasFullNameSought
    }

    /// Whether a source that meets a map should take the trouble to learn its name.
    public func wantsDetails(ofMap id: ObjectID) -> Bool {
        guard let place = mapTable.place(of: id) else { return !isClosed(.map) }
        let entry = mapTable[place]
        guard let index = entry.slot.index else {
            return entry.slot == .none && (filter.passesAll || entry.isUsed || !isClosed(.program))
        }
        return mapDetails.elements[index].name == nil
    }

    /// Whether a source that meets a link should take the trouble to learn what it is attached to.
    public func wantsDetails(ofLink id: ObjectID) -> Bool {
        guard let place = linkTable.place(of: id) else { return !isClosed(.link) }
        let slot = linkTable[place].slot
        guard let index = slot.index else { return slot == .none }
        return linkDetails.elements[index].target == nil && linkDetails.elements[index].attachType == nil
    }

    /// Whether memory and size of a map have been told already.
    public func knowsMemory(ofMap id: ObjectID) -> Bool {
        mapTable.place(of: id).map { mapTable[$0].isMemlockKnown } ?? false
    }

    /// Whether memory of a program has been told already.
    public func knowsMemory(ofProgram id: ObjectID) -> Bool {
        programTable.place(of: id).map { programTable[$0].isMemlockKnown } ?? false
    }

    /// Programs kept so far that have a tag but no name: what kallsyms may mend.
    public var hasNamelessPrograms: Bool {
        programDetails.elements.contains { $0.name == nil && $0.tag != nil }
    }

    /// Whether a kept program's name may be longer than the kernel keeps.
    public var hasCutNames: Bool {
        programDetails.elements.contains(where: \.mayHaveFullName)
    }

    /// Whether all objects of a kind have been told.
    public func isClosed(_ kind: ObjectKind) -> Bool { closed.contains(ClosedKinds(kind)) }

    /// A source that has told all objects of a kind says so here.
    public mutating func close(_ kind: ObjectKind) {
        closed.insert(ClosedKinds(kind))
    }

    /// Mends names by tag: `name` answers the kernel name and the full name for a tag.
    public mutating func nameProgramsByTag(
        _ resolve: (BPFProgram) -> (name: KernelName?, fullName: String?)
    ) {
        // A copy of the list: adding may prune the one in the inventory.
        for program in programDetails.elements {
            let (name, fullName) = resolve(program)
            guard name != nil || fullName != nil else { continue }
            var addition = BPFProgram(id: program.id, source: .procfs)
            addition.sources = program.sources
            if program.name == nil, let name {
                addition.name = name
                addition.nameOrigin = .kallsyms
            }
            addition.fullName = fullName
            // Through `add`, so that the filter's verdict and the budget follow.
            add(addition)
            // A name that came late may make known maps count.
            if let place = programTable.place(of: program.id), programTable[place].verdict == .matches,
                !filter.passesAll, let mapIDs = program.mapIDs
            {
                markUsed(mapIDs)
            }
        }
    }

    // MARK: Keeping within the limits

    /// The place of an object in its table; nil when it does not fit, or comes after its kind was closed.
    private static func place<Record>(
        of id: ObjectID, isClosed: Bool, in table: inout IDTable<Record>, _ budget: inout MemoryBudget,
        _ uncounted: inout UInt64
    ) -> Int? {
        if isClosed { return table.place(of: id) }
        guard let (place, _) = table.place(inserting: id, within: &budget) else {
            uncounted += 1
            return nil
        }
        return place
    }

    /// Adds facts to a program's details; map ids and a long name only if there is room for them.
    private mutating func merge(_ program: BPFProgram, at index: Int) {
        let old = programDetails.elements[index]
        var merged = old
        merged.merge(program)
        let growth = max(0, merged.heapBytes - old.heapBytes)
        if !budget.take(growth, for: .details) {
            (merged.mapIDs, merged.fullName) = (old.mapIDs, old.fullName)
            cut.programs += 1
        }
        programDetails.update(at: index) { $0 = merged }
    }

    private mutating func keep(_ program: BPFProgram) -> Ledger.Slot {
        let bytes = program.heapBytes
        guard budget.take(bytes, for: .details) else {
            cut.programs += 1
            return .cut
        }
        guard programDetails.append(program, within: &budget) else {
            budget.giveBack(bytes, for: .details)
            cut.programs += 1
            return .cut
        }
        return Ledger.Slot(programDetails.elements.count - 1)
    }

    private mutating func markUsed(_ mapIDs: [ObjectID]) {
        for id in mapIDs {
            guard let (place, _) = mapTable.place(inserting: id, within: &budget) else {
                uncounted += 1
                continue
            }
            mapTable[place].isUsed = true
        }
    }

    /// With a limit on programs, no more than twice as many are ever kept, once it is known which of them count.
    private mutating func pruneProgramsIfNeeded() {
        guard let most = limits.maxPrograms, undecidedDetails == 0,
            programDetails.elements.count >= max(64, most * 2)
        else { return }
        prunePrograms(to: most)
    }

    /// The same for maps, as soon as it is known which maps count.
    private mutating func pruneMapsIfNeeded() {
        guard let most = limits.maxMaps, filter.passesAll || isClosed(.program),
            mapDetails.elements.count >= max(64, most * 2)
        else { return }
        pruneMaps(to: most)
    }
}

extension Inventory {
    /// An allocation of its own: the runtime's header of 32 bytes, and nothing when there are no elements.
    static func allocationBytes(_ payload: Int) -> Int {
        payload == 0 ? 0 : payload + 32
    }
}

/// A set of kinds, as bits: asked for every fd of a scan.
private struct ClosedKinds: OptionSet, Sendable {
    let rawValue: UInt8

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    init(_ kind: ObjectKind) {
        rawValue = 1 << kind.rawValue
    }
}
