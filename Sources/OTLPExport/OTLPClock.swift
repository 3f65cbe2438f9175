#if OTLP
    internal import LinuxSystem

    /// Time and chance, so that tests need wait for neither.
    package struct OTLPClock: Sendable {
        /// Waits; returns early when the task is cancelled.
        package var sleep: @Sendable (Duration) async -> Void
        /// A number from 0 up to 1.
        package var jitter: @Sendable () -> Double
        /// The wall clock, in seconds since 1970.
        package var wallClock: @Sendable () -> Double
        /// The time since some fixed point, which nobody can set back.
        package var uptime: @Sendable () -> Duration

        /// Time and chance as given.
        package init(
            sleep: @escaping @Sendable (Duration) async -> Void, jitter: @escaping @Sendable () -> Double,
            wallClock: @escaping @Sendable () -> Double, uptime: @escaping @Sendable () -> Duration
        ) {
            self.sleep = sleep
            self.jitter = jitter
            self.wallClock = wallClock
            self.uptime = uptime
        }

        /// As they are.
        package static let system = OTLPClock(
            sleep: { try? await Task.sleep(for: $0) },
            jitter: { Double.random(in: 0..<1) },
            wallClock: { MonotonicTime.wallClockSeconds },
            uptime: { .nanoseconds(Int64(clamping: MonotonicTime.now.nanoseconds)) })
    }
#endif
