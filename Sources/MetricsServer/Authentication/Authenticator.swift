internal import NIOPosix
internal import Synchronization

/// Checks names and passwords against bcrypt hashes.
///
/// A check takes tens of milliseconds by design, so one worker does them, off the event loop and off the threads of
/// Swift's tasks, and only so many may wait. A password that was right is remembered, so that each scrape does not
/// cost as much: see `Memory`.
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
    private let worker: NIOThreadPool
    private let mostWaiting: Int
    private let waiting = Atomic<Int>(0)

    /// - Parameter worker: One started thread.
    init(users: [String: BcryptHash], worker: NIOThreadPool, mostWaiting: Int) {
        self.users = users
        self.worker = worker
        self.mostWaiting = mostWaiting
        // The costliest, so that an unknown name never answers sooner than a known one.
        nobody = users.values.map(\.cost).max().flatMap(BcryptHash.ofNobody)
        memory = Memory()
    }

    /// What an `Authorization` field proves. Neither the answer nor its time tells whether the name exists.
    func check(_ authorization: String?) async -> Verdict {
        guard let credentials = authorization.flatMap(BasicCredentials.init) else { return .refused }
        let digest = memory.digest(credentials.password)
        if let digest, memory.holds(digest, for: credentials.user) { return .user(credentials.user) }

        guard waiting.add(1, ordering: .relaxed).newValue <= mostWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            return .busy
        }
        defer { waiting.subtract(1, ordering: .relaxed) }
        let hash = users[credentials.user]
        guard let compared = hash ?? nobody else { return .refused }
        let matches = try? await worker.runIfActive { compared.matches(credentials.password) }
        // The worker stops only when the server does.
        guard let matches else { return .busy }
        guard matches, hash != nil else { return .refused }
        if let digest { memory.keep(digest, for: credentials.user) }
        return .user(credentials.user)
    }
}

extension Authenticator {
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
