public import KernelObjects

/// The totals of a collection, each with how much it may be trusted.
public struct Totals: Sendable, Equatable {
    /// Programs that pass the filter.
    public var programs = Amount.unknown
    /// Bytes of these programs (`memlock`).
    public var programMemory = Amount.unknown
    /// Maps: all, or under a filter those that its programs use.
    public var maps = Amount.unknown
    /// Bytes of these maps (`memlock`).
    public var mapMemory = Amount.unknown
    /// Links: all, or under a filter those of its programs.
    public var links = Amount.unknown
    /// Pins: all, or under a filter those of its programs, maps and links.
    public var pins = Amount.unknown
    /// Programs whose name is known and has none of the prefixes.
    public var programsWithOtherPrefix: UInt64 = 0
    /// Programs whose name no source could tell, so that the filter can say nothing.
    public var programsWithUnknownName: UInt64 = 0

    /// Totals of nothing.
    public init() {}
}

extension Inventory {
    /// Ends a collection: applies the filter to the details, cuts them to the limits, sorts them by id, and sums up.
    ///
    /// - Parameter covered: the facts that some source has seen completely, to its end.
    /// - Returns: the totals, and the facts that are complete after the filter and the limits had their say.
    public mutating func finish(covered: Coverage) -> (totals: Totals, complete: Coverage) {
        var totals = Totals()
        var complete = uncounted > 0 ? covered.subtracting(.objects) : covered

        let programs = countPrograms()
        totals.programsWithOtherPrefix = programs.differing
        totals.programsWithUnknownName = programs.undecided
        // A program that nobody could name may belong to the filter's.
        if programs.undecided > 0 { complete.subtract(Coverage(.programs)) }
        totals.programs = Amount(programs.count, complete: complete.contains(.programs))

        // What belongs to a program that was not seen is not counted either.
        if !filter.passesAll, !complete.contains(.programs) {
            complete.subtract([Coverage(.maps), Coverage(.links)])
        }
        let maps = countMaps()
        if !filter.passesAll, programs.withUnknownMaps > 0 || programs.undecided > 0 || maps.unseen > 0 {
            complete.subtract(Coverage(.maps))
        }
        // Under a filter, which maps belong to it is not known before the maps of all its programs are.
        let areMapsDecided = filter.passesAll || programs.withUnknownMaps == 0
        totals.maps = areMapsDecided ? Amount(maps.count, complete: complete.contains(.maps)) : .unknown

        if !complete.contains(.programs) || !complete.contains(.maps) || programs.withoutMemory + maps.withoutMemory > 0
        {
            complete.subtract(Coverage(.memory))
        }
        totals.programMemory = memory(programs, isCountComplete: complete.contains(.programs))
        totals.mapMemory = areMapsDecided ? memory(maps, isCountComplete: complete.contains(.maps)) : .unknown

        let links = countLinks()
        if !filter.passesAll, programs.undecided > 0 { complete.subtract(Coverage(.links)) }
        totals.links = Amount(links, complete: complete.contains(.links))

        let pins = countPins()
        if !filter.passesAll, unopenedPinCount > 0 || cut.pins > 0 || !complete.isSuperset(of: .objects) {
            complete.subtract(Coverage(.pins))
        }
        totals.pins = Amount(pins, complete: complete.contains(.pins))
        if cut.holders > 0 { complete.subtract(Coverage(.holders)) }

        dropWhatTheFilterLeavesOut()
        return (totals, complete)
    }

    /// The programs that are kept, by id.
    public var programs: [BPFProgram] { programDetails.elements }
    /// The maps that are kept, by id.
    public var maps: [BPFMap] { mapDetails.elements }
    /// The links that are kept, by id.
    public var links: [BPFLink] { linkDetails.elements }
    /// The pins that are kept, in the order they were met.
    public var pins: [BPFPin] { pinDetails.elements }
    /// The holders that are kept, in the order they were met.
    public var holders: [Holder] { holderDetails.elements }
    /// What the holders hold.
    public var holdings: [Holding] { holdingDetails.elements }

    /// The memory of an object that was met, even when its details were cut; nil when unknown.
    public func memlock(of key: ObjectKey) -> UInt64? {
        switch key.kind {
        case .program:
            programTable.place(of: key.id).flatMap { programTable[$0].isMemlockKnown ? programTable[$0].memlock : nil }
        case .map:
            mapTable.place(of: key.id).flatMap { mapTable[$0].isMemlockKnown ? mapTable[$0].memlock : nil }
        case .link: nil
        }
    }

    // MARK: Counting

    private struct Count {
        var count: UInt64 = 0
        var memory: UInt64 = 0
        var withoutMemory: UInt64 = 0
        // Programs only.
        var differing: UInt64 = 0
        var undecided: UInt64 = 0
        var withUnknownMaps: UInt64 = 0
        // Maps only: mentioned by a program of the filter, and not met.
        var unseen: UInt64 = 0

        mutating func add(memlock: UInt64?) {
            count += 1
            guard let memlock else {
                withoutMemory += 1
                return
            }
            // A sum beyond 2^64 cannot be real; it stays at the top rather than wrap to something plausible.
            let (sum, overflowed) = memory.addingReportingOverflow(memlock)
            memory = overflowed ? .max : sum
        }
    }

    private func memory(_ count: Count, isCountComplete: Bool) -> Amount {
        if isCountComplete, count.withoutMemory == 0 { return .exact(count.memory) }
        // Not one object's memory is known: there is no sum to speak of.
        return count.count == count.withoutMemory ? .unknown : .atLeast(count.memory)
    }

    private func countPrograms() -> Count {
        var result = Count()
        programTable.forEach { _, entry in
            switch entry.verdict {
            case .matches:
                result.add(memlock: entry.isMemlockKnown ? entry.memlock : nil)
                if !entry.areMapsKnown { result.withUnknownMaps += 1 }
            case .differs: result.differing += 1
            case .undecided: result.undecided += 1
            }
        }
        return result
    }

    private func countMaps() -> Count {
        var result = Count()
        mapTable.forEach { _, entry in
            guard filter.passesAll || entry.isUsed else { return }
            guard entry.isSeen else {
                result.unseen += 1
                return
            }
            result.add(memlock: entry.isMemlockKnown ? entry.memlock : nil)
        }
        return result
    }

    private func countLinks() -> UInt64 {
        let membership = membership
        var result: UInt64 = 0
        linkTable.forEach { id, _ in
            if membership.contains(ObjectKey(.link, id)) { result += 1 }
        }
        return result
    }

    private func countPins() -> UInt64 {
        if filter.passesAll { return pinCount }
        let membership = membership
        return UInt64(pinDetails.elements.lazy.filter { membership.contains($0) }.count)
    }

    // MARK: Filtering

    /// Shares the tables with the inventory, so that details can be dropped in place while they are asked.
    private var membership: Membership {
        Membership(filter: filter, programs: programTable, maps: mapTable, links: linkTable)
    }

    private mutating func dropWhatTheFilterLeavesOut() {
        if !filter.passesAll {
            let membership = membership
            programDetails.filter { membership.contains(ObjectKey(.program, $0.id)) }
            mapDetails.filter { membership.contains(ObjectKey(.map, $0.id)) }
            linkDetails.filter { membership.contains(ObjectKey(.link, $0.id)) }
            pinDetails.filter { membership.contains($0) }
            holdingDetails.filter { membership.contains($0.key) }
        }
        if let most = limits.maxPrograms { prunePrograms(to: most) }
        if let most = limits.maxMaps { pruneMaps(to: most) }
        programDetails.sort { $0.id < $1.id }
        mapDetails.sort { $0.id < $1.id }
        linkDetails.sort { $0.id < $1.id }
        indexPrograms()
        indexMaps()
    }
}

/// Which objects the filter's programs, their maps and their links are.
private struct Membership {
    let filter: ProgramFilter
    let programs: IDTable<Ledger.Program>
    let maps: IDTable<Ledger.Map>
    let links: IDTable<Ledger.Link>

    func contains(_ key: ObjectKey) -> Bool {
        if filter.passesAll { return true }
        return switch key.kind {
        case .program: programs.place(of: key.id).map { programs[$0].verdict == .matches } ?? false
        case .map: maps.place(of: key.id).map { maps[$0].isUsed } ?? false
        case .link: links.place(of: key.id).map { contains(ObjectKey(.program, links[$0].programID)) } ?? false
        }
    }

    func contains(_ pin: BPFPin) -> Bool {
        if filter.passesAll { return true }
        guard case .object(let key) = pin.content else { return false }
        return contains(key)
    }
}
