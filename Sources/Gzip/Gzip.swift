internal import CZlib
package import NIOCore

/// Compression as `Content-Encoding: gzip` has it.
package enum Gzip {
    /// A window of 32 KiB, and a gzip frame instead of a zlib one.
    private static let windowBits: Int32 = 15 + 16
    private static let memoryLevel: Int32 = 8

    /// One gzip member of a whole buffer; nil when there is no memory.
    ///
    /// - Parameter level: how hard it tries, 1 to 9.
    package static func compress(_ plain: ByteBuffer, level: Int32 = 6) -> ByteBuffer? {
        var stream = z_stream()
        let began = deflateInit2_(
            &stream, level, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard began == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(plain.readableBytes)))
        // The bound is as large as the text; what is kept gets a buffer of its own size.
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bound) { room in
            let status = plain.withUnsafeReadableBytes { bytes in
                // SAFETY: zlib only reads `next_in`, and writes no more than `avail_out`; both live in this closure.
                stream.next_in = UnsafeMutablePointer(
                    mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
                stream.avail_in = UInt32(bytes.count)
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                return deflate(&stream, Z_FINISH)
            }
            guard status == Z_STREAM_END else { return nil }
            return ByteBuffer(bytes: room.prefix(Int(stream.total_out)))
        }
    }
}
