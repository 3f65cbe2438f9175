import KernelObjects

/// A hash table from object ids to small records: two flat arrays, linear probing, grown within the budget.
struct IDTable<Record: Sendable & BitwiseCopyable>: Sendable {
    // 0 marks a free place: the kernel's ids begin at 1.
    private var ids: [ObjectID] = []
    private var records: [Record] = []
    private(set) var count = 0
    private let empty: Record

    /// An empty table; `empty` is what a new id's record starts from.
    init(empty: Record) {
        self.empty = empty
    }

    /// What the budget was charged for it.
    var bytes: Int { ids.count * Self.bytesPerPlace }

    private static var bytesPerPlace: Int { MemoryLayout<ObjectID>.stride + MemoryLayout<Record>.stride }

    /// The place of an id that is in the table.
    func place(of id: ObjectID) -> Int? {
        guard !ids.isEmpty else { return nil }
        let place = probe(id)
        return ids[place] == id ? place : nil
    }

    /// The place of an id, made if it was not there; nil when it does not fit in the budget.
    mutating func place(inserting id: ObjectID, within budget: inout MemoryBudget) -> (place: Int, isNew: Bool)? {
        guard id != 0 else { return nil }
        if let place = place(of: id) { return (place, false) }
        // Three quarters full at most.
        if (count + 1) * 4 > ids.count * 3, !grow(within: &budget) { return nil }
        let place = probe(id)
        ids[place] = id
        count += 1
        return (place, true)
    }

    /// The record at a place.
    subscript(place: Int) -> Record {
        get { records[place] }
        set { records[place] = newValue }
    }

    /// Visits every id with its record.
    func forEach(_ body: (ObjectID, Record) -> Void) {
        for place in ids.indices where ids[place] != 0 { body(ids[place], records[place]) }
    }

    private func probe(_ id: ObjectID) -> Int {
        let mask = ids.count - 1
        // Ids are near consecutive; a multiplicative hash spreads them.
        var place = Int(truncatingIfNeeded: (id &* 0x9E37_79B1) >> 7) & mask
        while ids[place] != 0, ids[place] != id { place = (place + 1) & mask }
        return place
    }

    private mutating func grow(within budget: inout MemoryBudget) -> Bool {
        let old = ids.count
        let capacity = max(64, old * 2)
        let stride = Self.bytesPerPlace
        guard budget.take(capacity * stride, for: .ids) else { return false }
        let (oldIDs, oldRecords) = (ids, records)
        ids = [ObjectID](repeating: 0, count: capacity)
        records = [Record](repeating: empty, count: capacity)
        for place in oldIDs.indices where oldIDs[place] != 0 {
            let new = probe(oldIDs[place])
            ids[new] = oldIDs[place]
            records[new] = oldRecords[place]
        }
        budget.giveBack(old * stride, for: .ids)
        return true
    }
}
