import LinuxSystem

/// The BTF of programs, as far as it names their functions.
///
/// A header, then types one behind another, each with its length by its kind, then names. The kernel has checked what
/// it hands out; nothing is relied on here all the same.
enum BTF {
    private static let magic: UInt64 = 0xEB9F
    /// `struct btf_header` up to its last field that is read here.
    private static let headerLength = 24
    private static let functionKind: UInt32 = 12

    /// Where the names begin and how long they are, by the header; nil when that is none. The first name is empty: a NUL.
    static func names(_ bytes: Span<UInt8>) -> (offset: Int, length: Int)? {
        guard bytes.count >= headerLength, bytes.littleEndian(0, count: 2) == magic else { return nil }
        return (bytes.word(4) + bytes.word(16), bytes.word(20))
    }

    /// The name of a type of the kind FUNC; nil when it is none.
    static func functionName(_ type: UInt32, in bytes: Span<UInt8>) -> String? {
        guard let (offset, length) = names(bytes), let names = section(at: offset, length: length, in: bytes),
            let types = section(at: bytes.word(4) + bytes.word(8), length: bytes.word(12), in: bytes)
        else { return nil }
        // Types are counted from 1; 0 is void.
        var place = types.lowerBound
        var number: UInt32 = 1
        while number < type {
            guard place + 12 <= types.upperBound, let rest = Self.length(ofType: UInt32(bytes.word(place + 4))) else {
                return nil
            }
            place += 12 + rest
            number += 1
        }
        guard type > 0, place + 12 <= types.upperBound else { return nil }
        let kind = UInt32(bytes.word(place + 4)) >> 24 & 0x1F
        let name = bytes.word(place)
        guard kind == functionKind, name > 0, name < names.count else { return nil }
        let start = names.lowerBound + name
        guard bytes[start - 1] == 0 else { return nil }
        var end = start
        while end < names.upperBound, bytes[end] != 0 { end += 1 }
        guard end > start, end < names.upperBound else { return nil }
        return bytes.text(start..<end)
    }

    private static func section(at offset: Int, length: Int, in bytes: Span<UInt8>) -> Range<Int>? {
        guard offset >= headerLength, offset <= bytes.count, length <= bytes.count - offset else { return nil }
        return offset..<offset + length
    }

    /// The bytes behind the 12 that every type has; nil for a kind that is not known.
    private static func length(ofType info: UInt32) -> Int? {
        let members = Int(info & 0xFFFF)
        switch info >> 24 & 0x1F {
        // INT, VAR, DECL_TAG
        case 1, 14, 17: return 4
        // ARRAY
        case 3: return 12
        // STRUCT, UNION, DATASEC, ENUM64
        case 4, 5, 15, 19: return members * 12
        // ENUM, FUNC_PROTO
        case 6, 13: return members * 8
        // PTR, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FLOAT, TYPE_TAG
        case 2, 7...12, 16, 18: return 0
        default: return nil
        }
    }
}

/// The BTF that was read last: programs that were loaded together share one.
package struct BTFRoom: ~Copyable {
    /// More is not read: full names are then left to kallsyms. The kernel's own limit is 16 MiB.
    package static let mostBytes = 1 << 20

    var id: UInt32 = 0
    var bytes: [UInt8] = []

    package init() {}
}

extension Span<UInt8> {
    /// A number of 32 bits. BTF is in the machine's order, and all machines that Swift has here are little-endian.
    fileprivate func word(_ offset: Int) -> Int { Int(littleEndian(offset, count: 4)) }

    fileprivate func littleEndian(_ offset: Int, count: Int) -> UInt64 {
        var number: UInt64 = 0
        for index in (offset..<offset + count).reversed() { number = number << 8 | UInt64(self[index]) }
        return number
    }
}
