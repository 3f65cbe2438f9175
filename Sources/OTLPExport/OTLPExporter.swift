#if OTLP
    public import EBPFMetrics
    internal import Gzip
    internal import KernelObjects
    public import Logging
    public import NIOCore
    internal import NIOHTTP1
    public import NIOPosix
    internal import ProtobufExposition
    public import ServiceLifecycle
    public import Settings

    /// Pushes metrics to an OpenTelemetry backend, over HTTP with protobuf.
    ///
    /// Every push holds all metrics, and sums are cumulative, so only the newest counts: there is one encoded request at
    /// most, and one collection that waits, whatever the backend does. What could not be delivered in time gives way to
    /// newer data, and nothing is lost or counted twice by that.
    public actor OTLPExporter: Service {
        /// What happened so far.
        public struct Counts: Sendable, Equatable {
            /// Collections that the backend took.
            public internal(set) var pushes: UInt64 = 0
            /// Attempts that failed.
            public internal(set) var failures: UInt64 = 0
            /// Collections that were given up during an outage.
            public internal(set) var lost: UInt64 = 0
            /// Points that the backend refused of requests that it took.
            public internal(set) var rejectedPoints: UInt64 = 0
        }

        /// What happened so far.
        public private(set) var counts = Counts()

        private let settings: OTLPSettings
        private let post: HTTPPost
        private let resource: [(name: String, value: String)]
        private let clock: OTLPClock
        private var log: OTLPLog
        private let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

        private var pending: MetricsRegistry?
        private var failuresInARow = 0
        private var pause: Task<Void, Never>?
        /// When the last attempt has to end; nil until the end of the program.
        private var stopBy: Duration?

        /// An exporter to what the settings say.
        ///
        /// - Throws: When the endpoint, a certificate or a key cannot be used.
        public init(
            settings: OTLPSettings, logger: Logger, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
        ) throws(OTLPSettingsError) {
            try self.init(settings: settings, logger: logger, group: group, clock: .system)
        }

        /// The same with time and chance as given.
        package init(
            settings: OTLPSettings, logger: Logger, group: any EventLoopGroup, clock: OTLPClock
        ) throws(OTLPSettingsError) {
            for header in settings.headers { try header.checkAsField(setBy: "OTLP headers") }
            self.settings = settings
            self.clock = clock
            post = try HTTPPost(settings, group: group, logger: logger)
            resource = OTLPResource.attributes(settings.resourceAttributes)
            log = OTLPLog(logger, place: post.place)
        }

        /// Hands over the newest metrics. Takes the place of what still waits; never waits itself.
        public func submit(_ registry: MetricsRegistry) {
            if pending != nil, log.isDown { counts.lost += 1 }
            pending = registry
            signal.yield()
        }

        /// Pushes what is submitted, until the task is cancelled or shut down gracefully: then what came last is sent once
        /// more, within the time of one attempt.
        public func run() async {
            await withGracefulShutdownHandler {
                for await _ in signals {
                    while pending != nil, stopBy == nil, !Task.isCancelled {
                        let begun = clock.uptime()
                        await pushNewest()
                        if let interval = settings.interval { await wait(interval - (clock.uptime() - begun)) }
                    }
                }
                if pending != nil, !Task.isCancelled { await pushNewest() }
            } onGracefulShutdown: {
                Task { await self.stop() }
            }
            log.ended(lost: counts.lost)
        }

        private func stop() {
            stopBy = clock.uptime() + settings.timeout
            signal.finish()
            pause?.cancel()
        }

        // MARK: One push

        /// Sends the newest metrics until they are delivered, refused for good, or newer ones are there.
        private func pushNewest() async {
            guard let request = takeNewest() else { return }
            while true {
                let outcome = await attempt(request)
                // The program ends: that is nobody's failure.
                if Task.isCancelled { return }
                switch outcome {
                case .delivered(let partial):
                    delivered(partial)
                    return
                case .refused(let reason):
                    failed(reason)
                    // It has answered: what fails next is another outage.
                    failuresInARow = 0
                    counts.lost += 1
                    return
                case .failed(let reason, let retryAfter):
                    failed(reason)
                    failuresInARow += 1
                    let wasLast = stopBy != nil
                    if !wasLast {
                        await wait(
                            RetryPolicy.wait(
                                afterFailures: failuresInARow, jitter: clock.jitter(), retryAfter: retryAfter))
                    }
                    if wasLast || pending != nil {
                        counts.lost += 1
                        return
                    }
                }
            }
        }

        private func failed(_ reason: String) {
            counts.failures += 1
            log.failed(reason, lost: counts.lost)
        }

        private func delivered(_ partial: OTLPMetrics.PartialSuccess?) {
            counts.pushes += 1
            failuresInARow = 0
            log.delivered(lost: counts.lost)
            if let partial {
                // Somebody else's number: it may be anything.
                counts.rejectedPoints &+= UInt64(max(partial.rejectedPoints, 0))
                log.partially(partial.rejectedPoints, partial.message)
            } else {
                log.wholly()
            }
        }

        /// An encoded collection.
        private struct Request {
            let body: ByteBuffer
            let isCompressed: Bool
        }

        /// What waits, encoded; the collection itself is let go.
        private func takeNewest() -> Request? {
            guard let registry = pending.take() else { return nil }
            guard let request = OTLPMetrics.request(of: registry, resource: resource) else { return nil }
            let plain = ByteBuffer(bytes: request)
            if settings.usesGzip, let compressed = Gzip.compress(plain) {
                return Request(body: compressed, isCompressed: true)
            }
            return Request(body: plain, isCompressed: false)
        }

        private func wait(_ duration: Duration) async {
            guard duration > .zero, stopBy == nil else { return }
            let pause = Task { [clock] in await clock.sleep(duration) }
            self.pause = pause
            await withTaskCancellationHandler {
                await pause.value
            } onCancel: {
                pause.cancel()
            }
            self.pause = nil
        }

        // MARK: One attempt

        private enum Outcome {
            case delivered(OTLPMetrics.PartialSuccess?)
            case refused(String)
            case failed(String, retryAfter: Duration?)
        }

        private func attempt(_ request: Request) async -> Outcome {
            var timeout = settings.timeout
            if let stopBy { timeout = min(timeout, stopBy - clock.uptime()) }
            guard timeout > .zero else { return .failed("no time is left", retryAfter: nil) }
            do {
                return outcome(of: try await post.send(request.body, headers: headers(of: request), within: timeout))
            } catch {
                return .failed(PrintableText.of(error.description.utf8), retryAfter: nil)
            }
        }

        private func headers(of request: Request) -> HTTPHeaders {
            var headers = HTTPHeaders([
                ("Content-Type", "application/x-protobuf"),
                ("User-Agent", "OTel-OTLP-Exporter-Swift-ebpf-metrics/\(BuildInfo.version)"),
            ])
            if request.isCompressed { headers.add(name: "Content-Encoding", value: "gzip") }
            for header in settings.headers { headers.replaceOrAdd(name: header.name, value: header.value) }
            return headers
        }

        private func outcome(of answer: HTTPPost.Answer) -> Outcome {
            let isProtobuf =
                answer.headers["content-type"].first?.lowercased().hasPrefix("application/x-protobuf") == true
            switch answer.status.code {
            case 200...299:
                // A body that makes no sense changes nothing: the status says that it was taken.
                return .delivered(isProtobuf ? OTLPMetrics.partialSuccess(in: answer.body) : nil)
            case 300...399:
                return .refused(
                    "\(answer.status) to another place; redirects are not followed, set the endpoint to where it is")
            default:
                let said = isProtobuf ? OTLPMetrics.refusal(in: answer.body).map { Array($0.utf8) } : answer.body
                let text = PrintableText.of((said ?? []).prefix(OTLPLog.mostOfAMessage))
                let reason = text.isEmpty ? "\(answer.status)" : "\(answer.status): \(text)"
                guard RetryPolicy.isRetryable(status: answer.status.code) else { return .refused(reason) }
                let retryAfter = answer.headers["retry-after"].first.flatMap {
                    RetryPolicy.retryAfter($0, now: clock.wallClock())
                }
                return .failed(reason, retryAfter: retryAfter)
            }
        }
    }
#endif
