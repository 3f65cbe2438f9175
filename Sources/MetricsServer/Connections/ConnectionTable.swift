internal import NIOCore

/// The open connections: bounded in number, and looked through once a second for those that wait too long. Lives on
/// the event loop.
final class ConnectionTable {
    private let eventLoop: any EventLoop
    private let limits: ServerLimits
    private let log: QuietLog
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isLooking = false
    private var whenEmpty: EventLoopPromise<Void>?

    /// Whether the server is ending: replies say so to the clients.
    private(set) var isStopping = false

    init(eventLoop: any EventLoop, limits: ServerLimits, log: QuietLog) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.log = log
    }

    var count: Int { connections.count }

    /// Takes a connection. If there are too many, the one that has been waiting longest for its client goes; if all
    /// are being answered, the new one does.
    func add(_ connection: Connection) {
        guard !isStopping else {
            connection.close()
            return
        }
        if connections.count >= limits.connections {
            log.note(.crowded, "the limit is \(limits.connections)")
            guard closeLongestWaiting() else {
                connection.close()
                return
            }
        }
        connections[ObjectIdentifier(connection)] = connection
        look()
    }

    func remove(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
        if connections.isEmpty { whenEmpty?.succeed() }
    }

    /// Closes the connection that has been idle longest; without an idle one, that whose request is late longest.
    /// Also for when no file descriptor is left. Answers whether there was one.
    @discardableResult
    func closeLongestWaiting() -> Bool {
        func oldest(_ phases: [Connection.Phase]) -> Connection? {
            connections.values.filter { phases.contains($0.phase) }.min { $0.since < $1.since }
        }
        guard let victim = oldest([.idle, .closing]) ?? oldest([.opening, .receiving]) else { return false }
        victim.close()
        // The channel closes soon, whatever the client does; it counts no more.
        remove(victim)
        return true
    }

    /// Closes what is idle, lets the rest end its reply; done when all are gone, or the time is over.
    func stop() -> EventLoopFuture<Void> {
        isStopping = true
        let promise = eventLoop.makePromise(of: Void.self)
        whenEmpty = promise
        for connection in Array(connections.values) { connection.stop() }
        if connections.isEmpty { promise.succeed() }
        let timeOut = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.shutdownTimeout)) {
            for connection in Array(self.connections.values) { connection.close() }
            promise.succeed()
        }
        promise.futureResult.whenComplete { _ in timeOut.cancel() }
        return promise.futureResult
    }

    /// One look a second while there are connections: cheaper than a timer for each, and a timer for each byte.
    private func look() {
        guard !isLooking else { return }
        isLooking = true
        eventLoop.assumeIsolated().scheduleTask(in: timeBetweenLooks) {
            self.isLooking = false
            let now = NIODeadline.now()
            for connection in Array(self.connections.values) { connection.checkTime(now) }
            if !self.connections.isEmpty { self.look() }
        }
    }

    /// A second, or less when a limit is set so low that a second is much beside it.
    private var timeBetweenLooks: TimeAmount {
        let shortest = min(limits.requestTimeout, limits.idleTimeout, limits.writeTimeout)
        return min(.seconds(1), max(.milliseconds(10), TimeAmount(shortest / 4)))
    }
}
