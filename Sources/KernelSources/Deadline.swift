internal import LinuxSystem

/// A point in time after which a scan stops.
public struct Deadline: Sendable {
    private let time: MonotonicTime?

    /// No end.
    public static let never = Deadline(time: nil)

    private init(time: MonotonicTime?) {
        self.time = time
    }

    /// That long from now.
    public static func after(_ duration: Duration) -> Deadline {
        Deadline(time: MonotonicTime.now.adding(duration))
    }

    /// Whether it has passed.
    public var hasPassed: Bool {
        guard let time else { return false }
        return time < MonotonicTime.now
    }
}

/// Asks a deadline only now and then: the clock is cheap, but not free.
struct DeadlineCheck {
    private let deadline: Deadline
    private var countdown = 0
    private let interval: Int

    init(_ deadline: Deadline, every interval: Int = 64) {
        self.deadline = deadline
        self.interval = interval
    }

    mutating func hasPassed() -> Bool {
        guard countdown == 0 else {
            countdown -= 1
            return false
        }
        countdown = interval
        return deadline.hasPassed
    }
}
