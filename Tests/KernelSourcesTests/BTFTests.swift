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

    @Test(arguments: [1, 7, 4096, 1 << 20]) func findsWholeNamesInTheKernels(_ piece: Int) {
        let names: [StaticString] = ["whole_name", "end", "begin", "whole"]
        let padding = Array(repeating: UInt8(ascii: "x"), count: 300_000)
        let text = Array("begin\0a_whole_name\0".utf8) + padding + Array("\0whole_name\0whole_names\0end".utf8)
        var rest = text[...]
        let found = KernelBTF.contains(names) { buffer in
            let part = rest.prefix(min(piece, buffer.count))
            buffer.copyBytes(from: part)
            rest = rest.dropFirst(part.count)
            return part.count
        }
        #expect(found == [true, false, false, false])
    }

    @Test func whatIsEmptyOrMissingSaysNothing() {
        #expect(KernelBTF.contains(["x"]) { _ in 0 } == nil)
        #expect(KernelBTF.contains(["x"], path: "/nonexistent", through: LiveFiles()) == nil)
    }
}
