/// A piece of a YAML document, with the place it stands at: what a message to the user has to name.
public struct YAMLNode: Sendable, Equatable {
    /// What it is.
    public let content: Content
    /// The line it begins in, from 1.
    public let line: Int
    /// The column it begins in, from 1.
    public let column: Int

    /// A node at its place.
    public init(content: Content, line: Int, column: Int) {
        self.content = content
        self.line = line
        self.column = column
    }

    /// What a node can be.
    public enum Content: Sendable, Equatable {
        /// A text, a number, or nothing; YAML's own guesses of types are left to the reader. `isQuoted` tells `"1"`
        /// from `1`, and `"null"` from an absent value.
        case scalar(String, isQuoted: Bool)
        /// A list.
        case sequence([YAMLNode])
        /// Keys with values, in the order of the document. No key occurs twice.
        case mapping([Entry])
    }

    /// A key with its value.
    public struct Entry: Sendable, Equatable {
        /// The key.
        public let key: String
        /// The line of the key, from 1.
        public let line: Int
        /// The value.
        public let value: YAMLNode
    }

    /// Whether there is no value: `key:`, `~` or `null`.
    public var isNull: Bool {
        guard case .scalar(let text, isQuoted: false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, in a word for a message.
    public var kindName: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// Why a text is no YAML document that we read.
public struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// What is wrong there.
    public let message: String

    /// A message about a line.
    public init(line: Int, message: String) {
        self.line = line
        self.message = message
    }

    /// Line and message.
    public var description: String { "line \(line): \(message)" }
}
