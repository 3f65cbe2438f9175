#if OTLP
    import Logging
    import OTLPExport
    import Synchronization
    import Testing

    /// Time that a test holds in its hands: nobody waits, or everybody until told.
    final class TestClock: Sendable {
        private struct State {
            var slept: [Duration] = []
            var isHeld = false
            var sleepers: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())

        /// How long somebody wanted to wait, each time.
        var slept: [Duration] { state.withLock { $0.slept } }

        /// Makes whoever waits from now on wait for `release`.
        func hold() { state.withLock { $0.isHeld = true } }

        /// Ends all waiting.
        func release() {
            let sleepers = state.withLock { state in
                defer { (state.isHeld, state.sleepers) = (false, []) }
                return state.sleepers
            }
            for sleeper in sleepers { sleeper.resume() }
        }

        private func sleep(_ duration: Duration) async {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isHeld = state.withLock { state in
                        state.slept.append(duration)
                        if state.isHeld, !Task.isCancelled { state.sleepers.append(continuation) }
                        return state.isHeld && !Task.isCancelled
                    }
                    if !isHeld { continuation.resume() }
                }
            } onCancel: {
                release()
            }
        }

        /// No jitter; the wall clock stands at a famous moment, and no time goes by.
        var clock: OTLPClock {
            OTLPClock(
                sleep: { await self.sleep($0) }, jitter: { 0 }, wallClock: { 784_111_777 }, uptime: { .zero })
        }
    }

    /// A log that a test can read.
    final class TestLog: Sendable {
        private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

        /// What was logged above the level of debugging, with its metadata.
        var news: [String] {
            lines.withLock { $0.filter { $0.level > .debug }.map { "\($0.level) \($0.text)" } }
        }

        var logger: Logger {
            var logger = Logger(label: "test") { _ in Handler(log: self) }
            logger.logLevel = .trace
            return logger
        }

        private struct Handler: LogHandler {
            let log: TestLog
            var metadata = Logger.Metadata()
            var logLevel = Logger.Level.trace

            init(log: TestLog) { self.log = log }

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                let all = metadata.merging(event.metadata ?? [:]) { $1 }
                let text = all.sorted { $0.key < $1.key }.filter { $0.key != "endpoint" }
                    .map { " \($0.key)=\($0.value)" }.joined()
                log.lines.withLock { $0.append((event.level, "\(event.message)\(text)")) }
            }
        }
    }

    /// Waits for something that is bound to happen.
    func eventually(
        _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async -> Bool
    ) async throws {
        for _ in 0..<6000 {
            if await condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("did not happen in a minute: \(what)", sourceLocation: sourceLocation)
    }
#endif
