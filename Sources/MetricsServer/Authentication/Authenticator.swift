internal import NIOPosix
internal import Synchronization

/// Checks names and passwords against bcrypt hashes.
///
/// A check takes tens of milliseconds by design, so one worker does them, off the event loop and off the threads of
/// Swift's tasks, and only so many may wait. A password that was right is remembered, so that each scrape does not
/// cost as much: see `Memory`. What it costs is paid on another thread, so that whoever was right before need not wait
/// behind the checks.
final class Authenticator: Sendable {
    enum Verdict: Equatable {
        case user(String)
        case refused
        /// Too many passwords are waiting.
        case busy
    }

    private let users: [String: BcryptHash]
    private let nobody: BcryptHash?
    private let memory: Memory
    private let checks: Worker
    private let digests: Worker

    /// - Parameters:
    ///   - worker: One started thread for the checks.
    ///   - quickWorker: One started thread for what takes half a millisecond.
    init(users: [String: BcryptHash], worker: NIOThreadPool, quickWorker: NIOThreadPool, mostWaiting: Int) {
        self.users = users
        checks = Worker(worker, mostWaiting: mostWaiting)
        // So much quicker, and a scraper that is known should not be turned away for others.
        digests = Worker(quickWorker, mostWaiting: mostWaiting * Self.digestsForACheck)
        // The costliest, so that an unknown name never answers sooner than a known one.
        nobody = users.values.map(\.cost).max().flatMap(BcryptHash.ofNobody)
        memory = Memory()
    }

    static let digestsForACheck = 16

    /// What an `Authorization` field proves. Neither the answer nor its time tells whether the name exists.
    func check(_ authorization: String?) async -> Verdict {
        guard let credentials = authorization.flatMap(BasicCredentials.init) else { return .refused }
        guard let digest = await digests.run({ self.memory.digest(credentials.password) }) else { return .busy }
        if let digest, memory.holds(digest, for: credentials.user) { return .user(credentials.user) }

        let hash = users[credentials.user]
        guard let compared = hash ?? nobody else { return .refused }
        guard let matches = await checks.run({ compared.matches(credentials.password) }) else { return .busy }
        guard matches, hash != nil else { return .refused }
        if let digest { memory.keep(digest, for: credentials.user) }
        return .user(credentials.user)
    }
}

extension Authenticator {
    /// A thread for which only so many may wait.
    private struct Worker: ~Copyable {
        private let thread: NIOThreadPool
        private let mostWaiting: Int
        private let waiting = Atomic<Int>(0)

        init(_ thread: NIOThreadPool, mostWaiting: Int) {
            self.thread = thread
            self.mostWaiting = mostWaiting
        }

        /// nil when too many wait, or the thread has stopped, which it does only when the server does.
        func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
            defer { waiting.subtract(1, ordering: .relaxed) }
            guard waiting.add(1, ordering: .relaxed).newValue <= mostWaiting else { return nil }
            return try? await thread.runIfActive(work)
        }
    }

    /// The passwords that were right, one for each user, as digests: what this process remembers must not be worth
    /// stealing. A digest is sha512-crypt with the fewest rounds libcrypt has (1,000: half a millisecond) and 96
    /// random bits of salt that never leave the process. So equal passwords of two processes look different, and
    /// guessing from a core dump costs a thousand SHA-512 for each guess.
    private struct Memory: ~Copyable {
        private let setting: String
        private let digests = Mutex<[String: [UInt8]]>([:])

        init() {
            let alphabet = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
            // Swift's system generator is getrandom(2).
            var random = SystemRandomNumberGenerator()
            let salt = String((0..<16).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
            setting = "$6$rounds=1000$\(salt)$"
        }

        func digest(_ password: [UInt8]) -> [UInt8]? {
            SystemCrypt.hash(password, setting: setting)
        }

        func holds(_ digest: [UInt8], for user: String) -> Bool {
            guard let known = digests.withLock({ $0[user] }) else { return false }
            return SystemCrypt.areEqual(known, digest)
        }

        func keep(_ digest: [UInt8], for user: String) {
            digests.withLock { $0[user] = digest }
        }
    }
}
