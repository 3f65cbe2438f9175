/// An array that asks the budget before it grows.
struct BoundedArray<Element: Sendable>: Sendable {
    private(set) var elements: [Element] = []
    // The array's own capacity may be a little larger; what was asked for is what is charged.
    private var charged = 0
    private let bytesPerElement: Int

    /// An empty array. `companions` is what somebody else will hold for each element, charged along with it.
    init(companions: Int = 0) {
        bytesPerElement = MemoryLayout<Element>.stride + companions
    }

    /// What the budget was charged for it.
    var bytes: Int { charged * bytesPerElement }

    /// Appends if there is room for it in the budget, and says whether there was.
    mutating func append(_ element: Element, within budget: inout MemoryBudget) -> Bool {
        if elements.count == charged, !grow(within: &budget) { return false }
        elements.append(element)
        return true
    }

    /// Mutates one element in place.
    mutating func update<Value>(at index: Int, _ body: (inout Element) -> Value) -> Value {
        body(&elements[index])
    }

    /// Sorts in place.
    mutating func sort(by areInOrder: (Element, Element) -> Bool) {
        elements.sort(by: areInOrder)
    }

    /// Drops the elements that fail the test, in place.
    mutating func filter(_ isKept: (Element) -> Bool) {
        elements.removeAll { !isKept($0) }
    }

    /// Drops all but the first `count` elements.
    mutating func truncate(to count: Int) {
        if elements.count > count { elements.removeLast(elements.count - count) }
    }

    private mutating func grow(within budget: inout MemoryBudget) -> Bool {
        // Twice the room if that fits, a quarter more if it does not.
        for capacity in [max(16, charged * 2), charged + max(8, charged / 4)] {
            let old = charged
            if budget.grow(
                from: old * bytesPerElement, to: capacity * bytesPerElement, for: .details,
                then: {
                    elements.reserveCapacity(capacity)
                })
            {
                charged = capacity
                return true
            }
        }
        return false
    }
}
