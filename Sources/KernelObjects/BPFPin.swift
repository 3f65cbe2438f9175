/// A name in bpffs that keeps an object alive.
public struct BPFPin: Sendable, Equatable {
    /// The path in the mount namespace it was found in. Any bytes but NUL: not always UTF-8.
    public let path: [UInt8]
    /// What is pinned, as far as it could be told.
    public let content: Content

    /// What a pin holds.
    public enum Content: Sendable, Equatable {
        /// A program, map or link.
        case object(ObjectKey)
        /// The pin may not be opened. Its kind is known only for a link whose pin may be read but not written.
        case unopened(ObjectKind?)
    }

    /// A pin at a path.
    public init(path: [UInt8], content: Content) {
        self.path = path
        self.content = content
    }
}
