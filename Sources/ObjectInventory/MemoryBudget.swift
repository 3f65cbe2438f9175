/// The bound on what a collection holds, in bytes, asked before anything is kept.
///
/// A part is set aside for the ids already counted, so that totals stay exact after details no longer fit.
public struct MemoryBudget: Sendable, Equatable {
    /// What the memory is for.
    enum Purpose {
        case ids
        case details
    }

    /// The most that may be held.
    public let limit: Int
    private let idReserve: Int
    private var idBytes = 0
    private var detailBytes = 0
    /// The most that was held at any time, growing arrays' passing copies included.
    public private(set) var peak = 0

    /// A budget of `limit` bytes, half of it set aside for ids unless it is said otherwise.
    public init(limit: Int, idReserve: Int? = nil) {
        self.limit = limit
        self.idReserve = idReserve ?? limit / 2
    }

    /// What is held now.
    public var used: Int { idBytes + detailBytes }

    /// Takes `bytes` if they fit, and says whether they did.
    mutating func take(_ bytes: Int, for purpose: Purpose) -> Bool {
        switch purpose {
        case .ids:
            guard used + bytes <= limit else { return false }
            idBytes += bytes
        case .details:
            guard detailBytes + bytes + max(idReserve, idBytes) <= limit else { return false }
            detailBytes += bytes
        }
        peak = max(peak, used)
        return true
    }

    /// Gives `bytes` back.
    mutating func giveBack(_ bytes: Int, for purpose: Purpose) {
        switch purpose {
        case .ids: idBytes -= bytes
        case .details: detailBytes -= bytes
        }
    }

    /// Takes `new` bytes in place of `old`, while both exist; false when they do not fit.
    mutating func grow(from old: Int, to new: Int, for purpose: Purpose, then copy: () -> Void) -> Bool {
        guard take(new, for: purpose) else { return false }
        copy()
        giveBack(old, for: purpose)
        return true
    }
}
