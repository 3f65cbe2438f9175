internal import LinuxSystem

extension WebConfig {
    /// More is no configuration, and no certificate.
    private static let largestFile = 1 << 20

    /// Reads a file that a web config needs, or is.
    static func contents(of path: String, key: String? = nil, file: String) throws(WebConfigError) -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(path, limit: largestFile + 1)
        } catch {
            var failure = WebConfigError(
                file: file, key: key, message: key == nil ? "cannot be read: \(error)" : "cannot read \(path): \(error)"
            )
            failure.mayPass = true
            throw failure
        }
        guard bytes.count <= largestFile else {
            throw WebConfigError(file: file, key: key, message: "\(path) is larger than 1 MiB, and no such file")
        }
        return bytes
    }
}

extension WebConfig.Source {
    /// The text.
    func contents(key: String, file: String) throws(WebConfigError) -> [UInt8] {
        switch self {
        case .file(let path): try WebConfig.contents(of: path, key: "tls_server_config." + key, file: file)
        case .inline(let text): Array(text.utf8)
        }
    }

    /// How a message calls it.
    func name(_ key: String) -> String {
        switch self {
        case .file(let path): path
        case .inline: "the text"
        }
    }
}

/// What files looked like at one time: another look tells whether one has changed.
struct FileFingerprint: Sendable, Equatable {
    private let files: [FileStatus?]

    init(_ paths: [String]) {
        files = paths.map { path in try? FileStatus.of(path) }
    }
}
