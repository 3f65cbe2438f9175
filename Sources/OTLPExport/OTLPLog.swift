#if OTLP
    internal import KernelObjects
    internal import Logging

    /// What the exporter writes to the log: that pushing fails once when it begins and once when it ends, the rest at debug
    /// level.
    struct OTLPLog {
        /// The most bytes to repeat of what a backend said.
        static let mostOfAMessage = 300

        private var logger: Logger
        private(set) var isDown = false
        private var lostBefore: UInt64 = 0
        private var isPartial = false

        init(_ logger: Logger, place: String) {
            self.logger = logger
            self.logger[metadataKey: "endpoint"] = "\(place)"
        }

        /// An attempt failed. `lost` is how many collections had been given up before.
        mutating func failed(_ reason: String, lost: UInt64) {
            let metadata: Logger.Metadata = ["detail": "\(reason)"]
            if isDown {
                logger.debug("OpenTelemetry push fails still", metadata: metadata)
            } else {
                logger.warning("OpenTelemetry push fails; newer data is tried until it works", metadata: metadata)
                (isDown, lostBefore) = (true, lost)
            }
        }

        /// An attempt succeeded.
        mutating func delivered(lost: UInt64) {
            if isDown {
                logger.notice("OpenTelemetry push works again", metadata: ["lost": "\(lost - lostBefore)"])
                isDown = false
            } else {
                logger.debug("OpenTelemetry push delivered")
            }
        }

        /// The backend took the request, but not all of it, or with a warning.
        mutating func partially(_ rejected: Int64, _ message: String) {
            let text = PrintableText.of(message.utf8.prefix(Self.mostOfAMessage))
            logger.log(
                level: isPartial ? .debug : .warning, "OpenTelemetry backend took a part only",
                metadata: ["rejected": "\(rejected)", "detail": "\(text)"])
            isPartial = true
        }

        /// The backend took all of it.
        mutating func wholly() {
            isPartial = false
        }

        /// No more attempts follow.
        func ended(lost: UInt64) {
            guard isDown else { return }
            logger.notice(
                "OpenTelemetry push ends without having worked again", metadata: ["lost": "\(lost - lostBefore)"])
        }
    }
#endif
