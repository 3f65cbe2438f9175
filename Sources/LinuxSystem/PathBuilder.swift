/// Spells short procfs paths (`1234/fdinfo`) into one small buffer that is used again and again.
package struct PathBuilder: ~Copyable {
    private let buffer: UnsafeMutableBufferPointer<CChar>
    private var length = 0

    package init() {
        buffer = .allocate(capacity: 96)
        buffer.initialize(repeating: 0)
    }

    deinit {
        buffer.deallocate()
    }

    /// The path so far, NUL-terminated, valid until the builder is used again.
    package var pointer: UnsafePointer<CChar> {
        // SAFETY: the buffer was allocated with 96 elements, so it has an address.
        UnsafePointer(buffer.baseAddress.unsafelyUnwrapped)
    }

    /// Spells `number`, then `suffix`.
    package mutating func set(_ number: Int32, _ suffix: StaticString = "") -> UnsafePointer<CChar> {
        length = 0
        append(number)
        append(suffix)
        return pointer
    }

    /// Spells `number`, `middle`, `second`, `suffix`: a thread's path below its process.
    package mutating func set(
        _ number: Int32, _ middle: StaticString, _ second: Int32, _ suffix: StaticString
    ) -> UnsafePointer<CChar> {
        length = 0
        append(number)
        append(middle)
        append(second)
        append(suffix)
        return pointer
    }

    /// Spells `prefix`, then `number`.
    package mutating func set(_ prefix: StaticString, _ number: Int32) -> UnsafePointer<CChar> {
        length = 0
        append(prefix)
        append(number)
        return pointer
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes in
            for byte in bytes { append(byte: byte) }
        }
    }

    private mutating func append(_ number: Int32) {
        var digits: UInt64 = 0
        var count = 0
        var rest = number.magnitude
        repeat {
            digits = digits << 4 | UInt64(rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        for _ in 0..<count {
            append(byte: 0x30 + UInt8(digits & 0xF))
            digits >>= 4
        }
    }

    private mutating func append(byte: UInt8) {
        // Two numbers and the longest suffixes used here stay far below 95 bytes.
        precondition(length < buffer.count - 1)
        buffer[length] = CChar(bitPattern: byte)
        length += 1
        buffer[length] = 0
    }
}
