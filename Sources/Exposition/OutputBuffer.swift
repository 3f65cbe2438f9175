/// Bytes on their way out, handed on in pieces so that a long text needs no long memory.
struct OutputBuffer {
    private(set) var bytes: [UInt8] = []
    private let flushAt: Int
    private let sink: ([UInt8]) -> Void

    /// A buffer that hands its bytes to `sink` whenever it has about `flushAt` of them.
    init(flushAt: Int = 64 * 1024, to sink: @escaping ([UInt8]) -> Void) {
        self.flushAt = flushAt
        self.sink = sink
        bytes.reserveCapacity(flushAt + 4096)
    }

    mutating func append(byte: UInt8) {
        bytes.append(byte)
    }

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func append(bytes more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    mutating func append(text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ number: UInt64) {
        // The digits come last to first; twenty are enough for 2^64.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number
            var start = 20
            repeat {
                start -= 1
                digits[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    /// A number as short as it can be and still be itself; whole numbers without a fraction.
    mutating func append(_ number: Double) {
        if number == number.rounded(), number.magnitude < 1e15 {
            append(text: "\(Int64(number))")
        } else {
            append(text: "\(number)")
        }
    }

    /// Hands on what there is, if it is enough.
    mutating func flushIfLarge() {
        if bytes.count >= flushAt { flush() }
    }

    /// Hands on what there is.
    mutating func flush() {
        guard !bytes.isEmpty else { return }
        sink(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
