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

    /// Reads the web config and the files it names. Blocks.
    static func load(
        _ file: String, hashing: NIOThreadPool, waitingPasswords: Int
    ) throws(WebConfigError) -> Loaded {
        // Looked at before they are read: a change in between is seen as a change at the next look.
        let own = FileFingerprint([file])
        let config = try WebConfig.parse(try WebConfig.contents(of: file, file: file), file: file)
        let files = [file] + (config.tls?.files ?? [])
        let fingerprint = FileFingerprint(files)
        let tls: ServerTLS?
        if let settings = config.tls { tls = try ServerTLS(settings, file: file) } else { tls = nil }
        guard own == FileFingerprint([file]) else {
            throw WebConfigError(file: file, message: "it changes while it is read")
        }
        let authenticator =
            config.users.isEmpty
            ? nil : Authenticator(users: config.users, worker: hashing, mostWaiting: waitingPasswords)
        return Loaded(
            state: WebState(headers: config.headers, authenticator: authenticator, tls: tls),
            files: files, fingerprint: fingerprint, warnings: config.warnings)
    }
}
