public import KernelObjects

/// An object whose facts are kept from collection to collection.
protocol RememberedObject: Sendable {
    /// Its id.
    var id: ObjectID { get }
    /// Who has seen it.
    var sources: SourceSet { get set }

    /// Whether what never changes while an object lives is the same in both, as far as both know it.
    func isSame(as other: Self) -> Bool
    /// The bytes of its own allocations, beside its place in an array.
    var heapBytes: Int { get }
}

extension BPFMap: RememberedObject {
    /// Compares what a map is made with.
    public func isSame(as other: BPFMap) -> Bool {
        id == other.id && agree(type, other.type) && agree(keySize, other.keySize) && agree(valueSize, other.valueSize)
            && agree(maxEntries, other.maxEntries) && agree(flags, other.flags) && agree(extra, other.extra)
            && agree(name, other.name) && agree(btfID, other.btfID)
    }

    /// None.
    var heapBytes: Int { 0 }
}

extension BPFProgram: RememberedObject {
    /// Compares what a program is made of.
    public func isSame(as other: BPFProgram) -> Bool {
        id == other.id && agree(type, other.type) && agree(tag, other.tag) && agree(loadTime, other.loadTime)
            && agree(loadedByUID, other.loadedByUID) && agree(verifiedInstructions, other.verifiedInstructions)
            && agree(btfID, other.btfID) && (nameOrigin != other.nameOrigin || agree(name, other.name))
    }

    /// The list of its maps and a long name.
    var heapBytes: Int {
        let maps = Inventory.allocationBytes((mapIDs?.count ?? 0) * MemoryLayout<ObjectID>.stride)
        // Up to 15 bytes a String has no allocation.
        let name = fullName.map { $0.utf8.count } ?? 0
        return maps + Inventory.allocationBytes(name > 15 ? name : 0)
    }
}

private func agree<Value: Equatable>(_ a: Value?, _ b: Value?) -> Bool {
    a == nil || b == nil || a == b
}
