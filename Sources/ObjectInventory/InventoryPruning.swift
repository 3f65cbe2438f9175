import KernelObjects

/// Keeping the details of those with the most memory.
extension Inventory {
    mutating func prunePrograms(to most: Int) {
        guard programDetails.elements.count > most else { return }
        dropDifferingPrograms()
        guard programDetails.elements.count > most else { return }
        // Under a filter, a program that is known to match goes before one that may.
        programDetails.sort {
            ($0.name != nil ? 0 : 1, ~($0.memlock ?? 0), $0.id) < ($1.name != nil ? 0 : 1, ~($1.memlock ?? 0), $1.id)
        }
        for program in programDetails.elements[most...] {
            budget.giveBack(program.heapBytes, for: .details)
            if let place = programTable.place(of: program.id) { programTable[place].slot = .cut }
        }
        programDetails.truncate(to: most)
        indexPrograms()
    }

    /// Programs that were kept while their name was unknown, and turned out to be others'.
    private mutating func dropDifferingPrograms() {
        guard !filter.passesAll else { return }
        var differing: Set<ObjectID> = []
        for program in programDetails.elements {
            guard let place = programTable.place(of: program.id), programTable[place].verdict == .differs else {
                continue
            }
            differing.insert(program.id)
            programTable[place].slot = .none
            budget.giveBack(program.heapBytes, for: .details)
        }
        guard !differing.isEmpty else { return }
        programDetails.filter { !differing.contains($0.id) }
        indexPrograms()
    }

    mutating func pruneMaps(to most: Int) {
        guard mapDetails.elements.count > most else { return }
        mapDetails.sort { (~($0.memlock ?? 0), $0.id) < (~($1.memlock ?? 0), $1.id) }
        for map in mapDetails.elements[most...] {
            if let place = mapTable.place(of: map.id) { mapTable[place].slot = .cut }
        }
        mapDetails.truncate(to: most)
        indexMaps()
    }

    mutating func indexPrograms() {
        for (index, program) in programDetails.elements.enumerated() {
            if let place = programTable.place(of: program.id) { programTable[place].slot = Ledger.Slot(index) }
        }
    }

    mutating func indexMaps() {
        for (index, map) in mapDetails.elements.enumerated() {
            if let place = mapTable.place(of: map.id) { mapTable[place].slot = Ledger.Slot(index) }
        }
    }
}
