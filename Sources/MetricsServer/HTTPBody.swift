internal import Gzip
public import NIOCore
internal import Synchronization

/// Bytes that may be sent any number of times; compressed at most once, when the first client asks for it.
public final class HTTPBody: Sendable {
    /// The value of `Content-Type`.
    public let contentType: String
    /// The bytes as they are.
    public let plain: ByteBuffer
    /// The compression, once somebody asked for it: all who ask meanwhile wait for the same one.
    private let compression = Mutex<Task<ByteBuffer?, Never>?>(nil)

    /// A body of these bytes.
    public init(_ contentType: String, _ plain: ByteBuffer) {
        self.contentType = contentType
        self.plain = plain
    }

    /// A body of this text.
    public convenience init(_ contentType: String, text: String) {
        self.init(contentType, ByteBuffer(string: text))
    }

    /// The bytes as gzip; nil when zlib has no memory for it. The level, 1 to 9, is that of whoever asks first.
    func gzip(level: Int32) async -> ByteBuffer? {
        let task = compression.withLock { task in
            if let task { return task }
            let plain = self.plain
            let new = Task { Gzip.compress(plain, level: level) }
            task = new
            return new
        }
        return await task.value
    }
}
