internal import LinuxSystem
internal import Logging
internal import NIOPosix

/// Keeps a web config in force as its files change. A new one that is broken leaves the old one in force.
actor WebConfigKeeper {
    private let file: String
    private let waitingPasswords: Int
    private let logger: Logger
    /// Reads files, so that a slow disk delays neither the event loop nor tasks; and what else is over soon.
    private let reading = NIOThreadPool(numberOfThreads: 1)
    private let hashing = NIOThreadPool(numberOfThreads: 1)

    private var state = WebState.open
    private var files: [String]
    /// The files' look when they were last read, with success or without: a broken file is not read again until it
    /// changes. nil when it was no file's fault.
    private var fingerprint: FileFingerprint?
    /// What the log has said is wrong: it says so once.
    private var told: WebConfigError?
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
        let (file, waitingPasswords, hashing, reading) = (file, waitingPasswords, hashing, reading)
        let result = try await reading.runIfActive {
            Result { () throws(WebState.Failure) in
                try WebState.load(file, hashing: hashing, digesting: reading, waitingPasswords: waitingPasswords)
            }
        }
        let loaded: WebState.Loaded
        do throws(WebState.Failure) {
            loaded = try result.get()
        } catch {
            // Of the files that were tried: the repair may be in one that the state in force does not know.
            files = error.files
            fingerprint = error.error.mayPass ? nil : error.fingerprint
            throw error.error
        }
        state = loaded.state
        files = loaded.files
        fingerprint = loaded.fingerprint
        told = nil
        for warning in loaded.warnings { logger.warning("\(file): \(warning)") }
    }

    private func lookForChanges() async {
        let files = files
        guard let seen = try? await reading.runIfActive({ FileFingerprint(files) }), seen != fingerprint else { return }
        do {
            try await reload()
            logger.notice("web config read again", metadata: ["file": "\(file)"])
        } catch {
            let problem = error as? WebConfigError
            guard problem == nil || problem != told else { return }
            told = problem
            logger.error(
                "the web config or a file it names has changed and is broken; the old one stays in force: \(error)")
        }
    }
}
