public import KernelObjects

/// What earlier collections learnt that still holds: a collection need not ask for it again.
///
/// Metadata only, never a descriptor: nothing is kept alive by it.
public struct KnownFacts: Sendable {
    // Generic, and used through the functions below alone: only in this module does the compiler make code for each kind.
    private var programs: KnownObjects<BPFProgram>
    private var maps: KnownObjects<BPFMap>
    /// Processes.
    public var processes: KnownProcesses

    private let limit: Int

    /// Remembers nothing.
    public static let none = KnownFacts(limit: 0)

    /// - Parameter limit: the most bytes to hold; 0 to remember nothing.
    public init(limit: Int) {
        self.limit = limit
        programs = KnownObjects(limit: limit / 4)
        maps = KnownObjects(limit: limit / 2)
        processes = KnownProcesses(limit: limit / 4)
    }

    /// Bytes held.
    public var bytes: Int { programs.bytes + maps.bytes + processes.bytes }

    /// Nothing yet, within the same limit.
    public var emptied: KnownFacts { KnownFacts(limit: limit) }

    // MARK: Objects

    /// What is known of a program that this source has met just now; nil when it has to be read.
    public mutating func recall(program id: ObjectID, for source: SourceKind) -> BPFProgram? {
        programs.recall(id, for: source)
    }

    /// What is known of a map that this source has met just now; nil when it has to be read.
    public mutating func recall(map id: ObjectID, for source: SourceKind) -> BPFMap? {
        maps.recall(id, for: source)
    }

    /// Remembers what was read of a program. Answers whether it is, as far as can be told, the one that had this id
    /// before, or new.
    public mutating func remember(_ program: BPFProgram) -> Bool { programs.remember(program) }

    /// Remembers what was read of a map. Answers whether it is, as far as can be told, the one that had this id before,
    /// or new.
    public mutating func remember(_ map: BPFMap) -> Bool { maps.remember(map) }

    /// Whether an id that a walk has met tells that ids have wrapped: it was not there before, and is below the newest.
    public func isOutOfOrder(_ key: ObjectKey) -> Bool {
        switch key.kind {
        case .program: programs.isOutOfOrder(key.id)
        case .map: maps.isOutOfOrder(key.id)
        case .link: false
        }
    }

    /// Remembers that there is an object that could not be read.
    public mutating func rememberUnreadable(_ key: ObjectKey) {
        switch key.kind {
        case .program: programs.rememberUnreadable(key.id)
        case .map: maps.rememberUnreadable(key.id)
        case .link: break
        }
    }

    /// Tells up to which id a walk has met everything of a kind.
    public mutating func finishWalk(of kind: ObjectKind, at newest: ObjectID) {
        switch kind {
        case .program: programs.finishWalk(at: newest)
        case .map: maps.finishWalk(at: newest)
        case .link: break
        }
    }

    // MARK: Collections

    /// Begins a collection. In a full one everything is read anew.
    public mutating func begin(isFull: Bool) {
        programs.begin(isFull: isFull)
        maps.begin(isFull: isFull)
        processes.begin(isFull: isFull)
    }

    /// Ends a collection: what it did not meet is forgotten.
    public mutating func end() {
        programs.end()
        maps.end()
        processes.end()
    }
}
