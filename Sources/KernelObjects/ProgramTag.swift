/// The hash of a program's instructions, 8 bytes, printed as 16 hexadecimal digits.
///
/// Programs with the same code share a tag. The tag of identical code differs between kernels.
public struct ProgramTag: Hashable, Sendable {
    /// The bytes as one number, the first byte highest.
    public let value: UInt64

    /// Wraps the number.
    public init(value: UInt64) {
        self.value = value
    }
}

extension ProgramTag: CustomStringConvertible {
    /// 16 lower-case hexadecimal digits.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
