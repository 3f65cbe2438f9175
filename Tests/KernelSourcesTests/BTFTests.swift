import Foundation
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

    /// The file as it is, with one number of its header or of the last function's type changed.
    @Test func namesNothingBeyondItsSections() throws {
        let bytes = try Fixtures.bytes("btf/functions.btf")
        func word(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << ($1 * 8) } }
        func name(_ offset: Int, _ number: Int) -> String? {
            var changed = bytes
            for index in 0..<4 { changed[offset + index] = UInt8(truncatingIfNeeded: number >> (index * 8)) }
            return BTF.functionName(28, in: changed.span)
        }
        let (typeLength, nameOffset, nameLength) = (word(12), word(16), word(20))
        let names = 24 + nameOffset
        let wanted = Array("short_name".utf8)
        let text = (names..<bytes.count).first { bytes[$0...].starts(with: wanted) }
        let place = try #require(text) - names
        // The type: the one place that names it, with the kind FUNC in its next word.
        let found = (24..<names).first { word($0) == place && word($0 + 4) >> 24 & 0x1F == 12 }
        let type = try #require(found)
        #expect(name(12, typeLength) == "short_name")
        // The section of types ends before, and within, the type.
        for length in [0, type - 24, type - 24 + 11] { #expect(name(12, length) == nil) }
        #expect(name(12, type - 24 + 12) == "short_name")
        // The section of names ends before the name, and before its NUL.
        for length in [0, place, place + 10] { #expect(name(20, length) == nil) }
        #expect(name(20, place + 11) == "short_name")
        // A name that begins behind the section, in the middle of another, or nowhere.
        for offset in [nameLength, nameLength + 1, 0xFFFF_FFFF, place + 1, 0] { #expect(name(type, offset) == nil) }
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
        #expect(KprobeMultiBTF(path: "/nonexistent", through: LiveFiles()) == nil)
        let whole = Self.btf(types: 300, names: Array("\0some\0names\0".utf8))
        #expect(KernelBTF.contains(["x"], in: try FileDescriptor.holding(whole)) == [false])
        // Cut within the names, what is missing is not known to be.
        for bytes in [[], Array("bpf_kprobe_multi_link".utf8), Self.btf(types: 300, names: []), whole.dropLast()] {
            #expect(KernelBTF.contains(["x"], in: try FileDescriptor.holding(Array(bytes))) == nil)
        }
    }

    /// On a kernel in the range, with the function, without the record, and with the record alone.
    @Test(arguments: [
        ("bpf_kprobe_multi_show_fdinfo\0bpf_kprobe_multi_link", LinkFDInfoHazard.present, "is in"),
        ("bpf_kprobe_multi_link_attach", .absent, "there is no bpf_kprobe_multi_link in"),
        ("bpf_kprobe_multi_link", .present, "in kallsyms"),
    ]) func tellWhetherLinkTextsAreSafe(_ names: String, _ hazard: LinkFDInfoHazard, _ evidence: String) throws {
        let sysfs = FileManager.default.temporaryDirectory.appending(path: "btf-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: sysfs) }
        let folder = sysfs.appending(path: "kernel/btf")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(Self.btf(types: 12, names: Array("\0\(names)\0".utf8))).write(to: folder.appending(path: "vmlinux"))
        let paths = HostPaths(procfs: Fixtures.path("texts/6.18/proc"), sysfs: sysfs.path)
        let found = AccessProbe(paths: paths).probe().linkFDInfoHazard
        #expect(found.value == hazard)
        #expect(found.evidence.contains(evidence))
    }
}
