import LinuxSystem
import TestSupport
import Testing

@testable import KernelSources

/// Names of functions, in the BTF of programs and in the kernel's.
@Suite struct BTFTests {
    /// What `bpftool btf dump` says of the same file: every kind of type stands before one of the functions.
    private static let functions: [UInt32: String] = [
        4: "a_function_whose_name_is_longer_than_names_are", 25: "count_what_is_too_small", 28: "short_name",
    ]

    @Test func namesTheFunctionsAndNothingElse() throws {
        let bytes = try Fixtures.bytes("btf/functions.btf")
        for type in UInt32(0)...40 {
            #expect(BTF.functionName(type, in: bytes.span) == Self.functions[type])
        }
        #expect(BTF.functionName(.max, in: bytes.span) == nil)
    }

    @Test func namesNothingOfWhatIsCutShort() throws {
        let bytes = try Fixtures.bytes("btf/functions.btf")
        for count in 0..<bytes.count {
            #expect(BTF.functionName(28, in: Array(bytes[..<count]).span) == nil)
        }
    }

    @Test func namesNothingBehindAKindThatIsNotKnown() throws {
        var bytes = try Fixtures.bytes("btf/functions.btf")
        // The first type is a pointer; its kind is in the last byte of its second word.
        bytes[24 + 7] = 31
        #expect(BTF.functionName(4, in: bytes.span) == nil)
    }

    /// A header, with the types in front of the names.
    private static func btf(types: Int, names: [UInt8]) -> [UInt8] {
        func word(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
        let header = [0x9F, 0xEB, 1, 0] + word(24) + word(0) + word(types) + word(types) + word(names.count)
        return header + Array(repeating: UInt8(ascii: "t"), count: types) + names
    }

    /// Wherever the buffer ends: within a name, and on either side of it.
    @Test(arguments: Array(262_100...262_160)) func findsWholeNamesInTheKernels(_ padding: Int) throws {
        let text = Array(repeating: UInt8(ascii: "x"), count: padding)
        let names = Array("\0begin\0a_whole_name\0".utf8) + text + Array("\0whole_name\0whole_names\0end".utf8)
        let file = try FileDescriptor.holding(Self.btf(types: 300, names: names))
        #expect(
            KernelBTF.contains(["whole_name", "begin", "end", "whole", "tttt"], in: file)
                == [true, true, false, false, false])
    }

    @Test func whatIsNoBTFOrMissingSaysNothing() throws {
        #expect(KernelBTF.contains(["x"], path: "/nonexistent", through: LiveFiles()) == nil)
        for bytes in [[], Array("bpf_kprobe_multi_link".utf8), Self.btf(types: 300, names: [])] {
            #expect(KernelBTF.contains(["x"], in: try FileDescriptor.holding(bytes)) == nil)
        }
    }
}
