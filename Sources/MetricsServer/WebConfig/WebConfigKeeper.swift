internal import LinuxSystem
internal import Logging
internal import NIOPosix

/// Keeps a web config in force as its files change. A new one that is broken leaves the old one in force.
actor WebConfigKeeper {
    private let file: String
    private let waitingPasswords: Int
    private let logger: Logger
    /// Reads files, so that a slow disk delays neither the event loop nor tasks.
    private let reading = NIOThreadPool(numberOfThreads: 1)
    private let hashing = NIOThreadPool(numberOfThreads: 1)

    private var state = WebState.open
    private var files: [String]
    /// The files' look when they were last read, with success or without: a broken file is told of once.
    private var fingerprint: FileFingerprint?
    private var nextLook = MonotonicTime.now
    private var look: Task<Void, Never>?

    private static let timeBetweenLooks = Duration.seconds(1)

    init(file: String, waitingPasswords: Int, logger: Logger) {
        self.file = file
        self.waitingPasswords = waitingPasswords
        self.logger = logger
        files = [file]
    }

    /// Reads the files for the first time.
    func start() async throws {
        reading.start()
        hashing.start()
        try await reload()
    }

    func stop() async {
        try? await reading.shutdownGracefully()
        try? await hashing.shutdownGracefully()
    }

    /// What is in force. Looks at the files first, when the last look is a second old.
    func current() async -> WebState {
        if let look {
            await look.value
        } else if MonotonicTime.now >= nextLook {
            let look = Task { await lookForChanges() }
            self.look = look
            await look.value
            self.look = nil
            nextLook = MonotonicTime.now.adding(Self.timeBetweenLooks)
        }
        return state
    }

    /// Reads the files again, changed or not.
    func reload() async throws {
        let (file, waitingPasswords, hashing) = (file, waitingPasswords, hashing)
        let result = try await reading.runIfActive {
            Result { () throws(WebConfigError) in
                try WebState.load(file, hashing: hashing, waitingPasswords: waitingPasswords)
            }
        }
        let loaded = try result.get()
        state = loaded.state
        files = loaded.files
        fingerprint = loaded.fingerprint
        for warning in loaded.warnings { logger.warning("\(file): \(warning)") }
    }

    private func lookForChanges() async {
        let files = files
        guard let seen = try? await reading.runIfActive({ FileFingerprint(files) }), seen != fingerprint else { return }
        fingerprint = seen
        do {
            try await reload()
            logger.notice("web config read again", metadata: ["file": "\(file)"])
        } catch {
            logger.error(
                "the web config or a file it names has changed and is broken; the old one stays in force: \(error)")
        }
    }
}
