/// An enumeration of the kernel that grows with it: values without a name are kept by their number.
public protocol KernelEnum: Hashable, Sendable, CustomStringConvertible {
    /// The kernel's number.
    var rawValue: UInt32 { get }
    /// Wraps a number, known or not.
    init(rawValue: UInt32)
    /// The names in the order of the numbers, as bpftool spells them.
    static var names: [String] { get }
    /// How a value without a name is introduced: `map_type` gives `map_type_99`.
    static var noun: String { get }
}

extension KernelEnum {
    /// The kernel's name, or nil for a value newer than this code.
    public var name: String? {
        rawValue < Self.names.count ? Self.names[Int(rawValue)] : nil
    }

    /// The name, or the noun and the number.
    public var description: String { name ?? "\(Self.noun)_\(rawValue)" }
}
