import KernelObjects

/// The little that is kept of every object, even after its details are no longer: enough for exact totals.
enum Ledger {
    /// Where an object's details are.
    struct Slot: BitwiseCopyable, Sendable, Equatable {
        private var number: Int32

        /// Never had details.
        static let none = Slot(number: -1)
        /// Had details that were cut to keep those with more memory, or for want of room.
        static let cut = Slot(number: -2)

        private init(number: Int32) {
            self.number = number
        }

        init(_ index: Int) {
            number = Int32(truncatingIfNeeded: index)
        }

        var index: Int? { number >= 0 ? Int(number) : nil }
    }

    struct Program: BitwiseCopyable, Sendable {
        var memlock: UInt64 = 0
        var slot = Slot.none
        var isMemlockKnown = false
        var areMapsKnown = false
        var verdict = ProgramFilter.Verdict.undecided
        var lastHolder = noHolder
    }

    struct Map: BitwiseCopyable, Sendable {
        var memlock: UInt64 = 0
        var slot = Slot.none
        var isMemlockKnown = false
        /// Some program that passes the filter uses it.
        var isUsed = false
        /// Some source has seen the map itself, not only a program's mention of it.
        var isSeen = false
        var lastHolder = noHolder
    }

    struct Link: BitwiseCopyable, Sendable {
        /// 0 when not known or none.
        var programID: ObjectID = 0
        var slot = Slot.none
        var lastHolder = noHolder
    }

    /// Who was last told to hold an object: a holder's fds come one after another, so this finds its second of one.
    static let noHolder: Int32 = -1
}

extension ProgramFilter.Verdict: BitwiseCopyable {}
