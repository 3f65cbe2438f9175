internal import KernelObjects

/// What is wrong with a web config: the file, the line and the key as far as there are any, and a sentence.
public struct WebConfigError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file, as it was named.
    public let file: String
    /// The line, from 1.
    public let line: Int?
    /// The key with those above it, `tls_server_config.min_version`.
    public let key: String?
    /// What is wrong, and what to do.
    public let message: String
    /// Whether another try may go well although no file has changed.
    var mayPass = false

    /// A message about a place.
    public init(file: String, line: Int? = nil, key: String? = nil, message: String) {
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }

    /// One line, `FILE:LINE: KEY: MESSAGE`, whatever the file holds.
    public var description: String {
        let text = file + (line.map { ":\($0)" } ?? "") + ": " + (key.map { "\($0): " } ?? "") + message
        return PrintableText.of(text.utf8)
    }
}
