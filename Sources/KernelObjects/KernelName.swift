/// A name as the kernel keeps it: at most 15 bytes of `[A-Za-z0-9_.]`, possibly none.
///
/// Held inline, so that an object's name costs no allocation. Bytes beyond the kernel's alphabet are
/// kept as they came; whoever prints them escapes them.
public struct KernelName: Hashable, Sendable {
    /// `BPF_OBJ_NAME_LEN` and `TASK_COMM_LEN`, without the final NUL.
    public static let maximumLength = 15

    // Bytes in memory order, NUL-padded; the sixteenth is always NUL.
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// The empty name, which the kernel allows.
    public init() {}

    /// Takes bytes up to the first NUL, at most 15 of them.
    public init(_ bytes: some Sequence<UInt8>) {
        var index = 0
        for byte in bytes {
            if byte == 0 || index == Self.maximumLength { break }
            if index < 8 {
                low |= UInt64(byte) << UInt64(index * 8)
            } else {
                high |= UInt64(byte) << UInt64((index - 8) * 8)
            }
            index += 1
        }
    }

    /// The same of bytes in a row: of every record that the kernel fills.
    public init(_ bytes: UnsafeRawBufferPointer) {
        for index in 0..<min(bytes.count, Self.maximumLength) {
            let byte = UInt64(bytes[index])
            if byte == 0 { break }
            if index < 8 { low |= byte << UInt64(index * 8) } else { high |= byte << UInt64((index - 8) * 8) }
        }
    }

    /// Takes the first 15 bytes of the text's UTF-8.
    public init(_ text: String) {
        self.init(text.utf8)
    }

    /// The number of bytes.
    public var count: Int {
        // Padding is at the top of the words: count the bytes below it.
        high == 0 ? 8 - low.leadingZeroBitCount / 8 : 16 - high.leadingZeroBitCount / 8
    }

    /// Whether the kernel keeps no name.
    public var isEmpty: Bool { low == 0 }

    /// The byte at `index`, 0 beyond the end.
    public subscript(index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: index < 8 ? low >> UInt64(index * 8) : high >> UInt64((index - 8) * 8))
    }

    /// The name's bytes.
    public var bytes: [UInt8] { (0..<count).map { self[$0] } }

    /// Whether this may be what is left of a longer name.
    public var mayBeCut: Bool { count == Self.maximumLength }

    /// Whether this is what is left of that longer name.
    public func isCut(from name: String) -> Bool {
        name.utf8.count > Self.maximumLength && KernelName(name) == self
    }

    /// Whether the name begins with these bytes.
    public func hasPrefix(_ prefix: String) -> Bool {
        var index = 0
        for byte in prefix.utf8 {
            if index >= Self.maximumLength || self[index] != byte { return false }
            index += 1
        }
        return true
    }
}

extension KernelName: CustomStringConvertible {
    /// The name as text; bytes that are not UTF-8 become U+FFFD.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
