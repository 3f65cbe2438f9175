internal import LinuxSystem
internal import Logging
internal import Synchronization

/// Tells of what clients do wrong: each kind at most once a minute, with how often it was since the last time.
/// Otherwise whoever can connect could fill the disk. Every single one is told at the level debug.
final class QuietLog: Sendable {
    enum Kind: String, CaseIterable {
        case tls = "TLS handshakes failed"
        case unreadable = "requests could not be read"
        case slowRequest = "requests were too slow, their connections are closed"
        case slowClient = "clients did not take their reply, their connections are closed"
        case crowded = "connections are at their limit, the one that waited longest is closed"
        case accept = "connections could not be accepted"
        case password = "passwords or names were wrong"
        case busy = "passwords were not checked, too many are waiting"
        case certificate = "client certificates had none of the allowed names"
    }

    private struct Count {
        var untold = 0
        var quietUntil: MonotonicTime?
    }

    private let logger: Logger
    private let silence: Duration
    private let counts = Mutex<[Kind: Count]>([:])

    init(logger: Logger, silence: Duration = .seconds(60)) {
        self.logger = logger
        self.silence = silence
    }

    func note(_ kind: Kind, peer: String? = nil, _ detail: @autoclosure () -> String = "") {
        let now = MonotonicTime.now
        let told: Int? = counts.withLock { counts in
            var count = counts[kind] ?? Count()
            defer { counts[kind] = count }
            count.untold += 1
            if let quietUntil = count.quietUntil, now < quietUntil { return nil }
            defer { count = Count(untold: 0, quietUntil: now.adding(silence)) }
            return count.untold
        }
        let level: Logger.Level = told == nil ? .debug : .notice
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [:]
        if let peer { metadata["peer"] = "\(peer)" }
        let detail = detail()
        if !detail.isEmpty { metadata["detail"] = "\(detail)" }
        if let told { metadata["count"] = "\(told)" }
        logger.log(level: level, "\(kind.rawValue)", metadata: metadata)
    }
}
