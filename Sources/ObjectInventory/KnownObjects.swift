import KernelObjects

/// Objects of one kind as earlier collections met them, by id: what cannot change while an object lives need not be
/// asked for again.
///
/// Ids only grow until they wrap near 2^31, so one that was not there before and lies below the newest tells that they
/// have wrapped, and that an id may mean another object than it did.
struct KnownObjects<Object: RememberedObject>: Sendable {
    private var index = IDTable(empty: Entry())
    private var objects = BoundedArray<Object>()
    private var budget: MemoryBudget
    private var pass: UInt32 = 1
    private var met = 0
    /// Nothing that is known is told in this pass: everything is read anew, and compared.
    private var isFull = true
    /// Some id of this pass did not fit.
    private var isMissingIDs = false
    /// Some id of the last one did not: that an id is not there means nothing then.
    private var wasMissingIDs = false
    /// The newest id of the last whole walk; 0 when the last collection had none.
    private var newest: ObjectID = 0
    private var newestOfThisPass: ObjectID = 0
    private var highest: ObjectID = 0

    /// Further from the end of the ids than could be used up between two full readings.
    private static var safeEnd: ObjectID { ObjectID(Int32.max) - 1 << 28 }

    private struct Entry: BitwiseCopyable, Sendable {
        var slot = Ledger.Slot.none
        /// The pass in which it was met last.
        var pass: UInt32 = 0
    }

    init(limit: Int) {
        budget = MemoryBudget(limit: limit, idReserve: limit / 4)
    }

    /// Bytes held.
    var bytes: Int { budget.used }

    // MARK: Asking

    /// What is known of an object that this source has met just now; nil when it has to be read.
    mutating func recall(_ id: ObjectID, for source: SourceKind) -> Object? {
        guard let place = index.place(of: id) else { return nil }
        touch(place, id)
        guard !isFull, let slot = index[place].slot.index else { return nil }
        var object = objects.elements[slot]
        object.sources = SourceSet(source)
        return object
    }

    /// Whether an id that was met in a walk tells that ids have wrapped.
    func isOutOfOrder(_ id: ObjectID) -> Bool {
        !isFull && id <= newest && !wasMissingIDs && index.place(of: id) == nil
    }

    // MARK: Remembering

    /// Remembers what was read of an object. Answers whether it is, as far as can be told, the one that had this id
    /// before, or new.
    mutating func remember(_ object: Object) -> Bool {
        guard let place = insert(object.id) else { return true }
        guard let slot = index[place].slot.index else {
            // Without room for its facts it is read at each collection.
            guard budget.take(object.heapBytes, for: .details) else { return true }
            guard objects.append(object, within: &budget) else {
                budget.giveBack(object.heapBytes, for: .details)
                return true
            }
            index[place].slot = Ledger.Slot(objects.elements.count - 1)
            return true
        }
        let old = objects.elements[slot]
        let growth = object.heapBytes - old.heapBytes
        if growth > 0, !budget.take(growth, for: .details) { return object.isSame(as: old) }
        if growth < 0 { budget.giveBack(-growth, for: .details) }
        objects.update(at: slot) { $0 = object }
        return object.isSame(as: old)
    }

    /// Remembers that there is an object that could not be read.
    mutating func rememberUnreadable(_ id: ObjectID) {
        _ = insert(id)
    }

    /// Tells up to which id a walk has met everything.
    mutating func finishWalk(at newest: ObjectID) {
        newestOfThisPass = newest
    }

    // MARK: Passes

    /// Begins a collection. In a full one nothing is recalled.
    mutating func begin(isFull: Bool) {
        self.isFull = isFull || highest > Self.safeEnd
        highest = 0
    }

    /// Ends a collection: what it did not meet is forgotten.
    mutating func end() {
        if met < index.count { forgetUnmet() }
        (wasMissingIDs, isMissingIDs) = (isMissingIDs, false)
        newest = newestOfThisPass
        newestOfThisPass = 0
        pass &+= 1
        met = 0
    }

    private mutating func forgetUnmet() {
        var unreadable: [ObjectID] = []
        index.forEach { id, entry in
            if entry.pass == pass, entry.slot.index == nil { unreadable.append(id) }
        }
        objects.filter { object in
            let isMet = index.place(of: object.id).map { index[$0].pass == pass } ?? false
            if !isMet { budget.giveBack(object.heapBytes, for: .details) }
            return isMet
        }
        budget.giveBack(index.bytes, for: .ids)
        index = IDTable(empty: Entry())
        // What was there has room.
        for (slot, object) in objects.elements.enumerated() {
            if let place = insert(object.id) { index[place].slot = Ledger.Slot(slot) }
        }
        for id in unreadable { _ = insert(id) }
    }

    private mutating func insert(_ id: ObjectID) -> Int? {
        guard let (place, _) = index.place(inserting: id, within: &budget) else {
            isMissingIDs = true
            return nil
        }
        touch(place, id)
        return place
    }

    private mutating func touch(_ place: Int, _ id: ObjectID) {
        highest = max(highest, id)
        guard index[place].pass != pass else { return }
        index[place].pass = pass
        met += 1
    }
}
