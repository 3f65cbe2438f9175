internal import Glibc
import KernelObjects

/// Walks over the lines of a text without copying a byte. Lines are ranges into the text.
struct LineCursor {
    private var offset = 0
    /// Whether the last line had its newline. The kernel ends every line.
    private(set) var endedCleanly = true

    /// The next line of `text`, without its newline.
    mutating func next(in text: Span<UInt8>) -> Range<Int>? {
        guard offset < text.count else { return nil }
        let start = offset
        // SAFETY: memchr looks at the bytes from the offset to the end, which are the span's.
        let end = text.withUnsafeBytes { bytes in
            let newline = memchr(bytes.baseAddress.unsafelyUnwrapped + start, 0x0A, bytes.count - start)
            return newline.map { UnsafeRawPointer($0) - bytes.baseAddress.unsafelyUnwrapped } ?? bytes.count
        }
        endedCleanly = end < text.count
        offset = end + 1
        return start..<end
    }

    /// The next line of `text`, parted at its first colon.
    mutating func nextPair(in text: Span<UInt8>) -> KeyedLine? {
        guard let line = next(in: text) else { return nil }
        var colon = line.lowerBound
        while colon < line.upperBound, text[colon] != 0x3A { colon += 1 }
        // The kernel puts a tab behind the colon.
        var value = min(colon + 1, line.upperBound)
        while value < line.upperBound, text[value] == 0x09 || text[value] == 0x20 { value += 1 }
        return KeyedLine(key: line.lowerBound..<colon, value: value..<line.upperBound)
    }
}

/// A line `key:` white space `value`.
struct KeyedLine {
    let key: Range<Int>
    let value: Range<Int>
}

extension Span<UInt8> {
    /// Whether the bytes of a range are these.
    func matches(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        guard range.count == literal.utf8CodeUnitCount else { return false }
        // Most keys differ in their first byte.
        guard let first = range.first, self[first] == literal.utf8Start.pointee else { return range.isEmpty }
        precondition(range.upperBound <= count)
        // SAFETY: a StaticString of more than one character points at that many bytes, and the range is the span's.
        return withUnsafeBytes { memcmp($0.baseAddress.unsafelyUnwrapped + first, literal.utf8Start, range.count) == 0 }
    }

    /// Whether the bytes of a range begin with these.
    func starts(_ range: Range<Int>, with literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        return range.count >= count && matches(range.lowerBound..<range.lowerBound + count, literal)
    }

    /// A decimal number without a sign, or nil when the bytes are not one or it does not fit.
    func decimal(_ range: Range<Int>) -> UInt64? {
        guard !range.isEmpty else { return nil }
        var number: UInt64 = 0
        for index in range {
            let digit = self[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (tens, overflowed) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowedAgain) = tens.addingReportingOverflow(UInt64(digit))
            guard !overflowed, !overflowedAgain else { return nil }
            number = sum
        }
        return number
    }

    /// A hexadecimal number in lower case without a prefix, or nil when the bytes are not one or it does not fit.
    func hexadecimal(_ range: Range<Int>) -> UInt64? {
        guard !range.isEmpty, range.count <= 16 else { return nil }
        var number: UInt64 = 0
        for index in range {
            switch self[index] {
            case let byte where byte >= 0x30 && byte <= 0x39: number = number << 4 | UInt64(byte - 0x30)
            case let byte where byte >= 0x61 && byte <= 0x66: number = number << 4 | UInt64(byte - 0x61 + 10)
            default: return nil
            }
        }
        return number
    }

    /// The text of a range; bytes that are not UTF-8 become U+FFFD.
    func text(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// The first 15 bytes of a range.
    func kernelName(_ range: Range<Int>) -> KernelName {
        extracting(range).withUnsafeBufferPointer { KernelName($0) }
    }
}
