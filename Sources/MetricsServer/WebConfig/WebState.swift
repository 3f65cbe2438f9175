internal import NIOPosix

/// A web config in force: read, checked, with its certificate loaded.
struct WebState: Sendable {
    let headers: [WebConfig.Header]
    /// nil when everybody may ask.
    let authenticator: Authenticator?
    /// nil for plain HTTP.
    let tls: ServerTLS?

    /// Without a web config.
    static let open = WebState(headers: [], authenticator: nil, tls: nil)
}

extension WebState {
    /// A state, and the look of the files it was made of.
    struct Loaded: Sendable {
        let state: WebState
        let files: [String]
        let fingerprint: FileFingerprint
        let warnings: [String]
    }

    /// Why there is no state, and the look of the files, as far as they are known: one of them has to change.
    struct Failure: Error {
        let error: WebConfigError
        let files: [String]
        let fingerprint: FileFingerprint
    }

    /// Reads the web config and the files it names. Blocks.
    ///
    /// - Parameters:
    ///   - hashing: where passwords are checked.
    ///   - digesting: where those are known again that were right.
    static func load(
        _ file: String, hashing: NIOThreadPool, digesting: NIOThreadPool, waitingPasswords: Int
    ) throws(Failure) -> Loaded {
        // Looked at before they are read: a change in between is seen as a change at the next look.
        let own = FileFingerprint([file])
        var (files, fingerprint) = ([file], own)
        let config: WebConfig
        let tls: ServerTLS?
        do throws(WebConfigError) {
            config = try WebConfig.parse(try WebConfig.contents(of: file, file: file), file: file)
            files += config.tls?.files ?? []
            fingerprint = FileFingerprint(files)
            if let settings = config.tls { tls = try ServerTLS(settings, file: file) } else { tls = nil }
            guard own == FileFingerprint([file]) else {
                var error = WebConfigError(file: file, message: "it changes while it is read")
                error.mayPass = true
                throw error
            }
        } catch {
            throw Failure(error: error, files: files, fingerprint: fingerprint)
        }
        let authenticator =
            config.users.isEmpty
            ? nil
            : Authenticator(
                users: config.users, worker: hashing, quickWorker: digesting, mostWaiting: waitingPasswords)
        return Loaded(
            state: WebState(headers: config.headers, authenticator: authenticator, tls: tls),
            files: files, fingerprint: fingerprint, warnings: config.warnings)
    }
}
