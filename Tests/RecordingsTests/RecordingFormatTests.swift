import Foundation
import Glibc
import KernelObjects
import KernelSources
import LinuxSystem
import TestSupport
import Testing

@testable import Recordings

/// What is written is what is read, and what cannot be read is said with its place.
@Suite struct RecordingFormatTests {
    @Test func everyByteOfANameComesBack() {
        let all = (UInt8.min...UInt8.max).map { $0 }
        let text = EscapedBytes.text(all)
        #expect(text.utf8.allSatisfy { $0 < 0x7F })
        #expect(EscapedBytes.bytes(text) == all)
        #expect(EscapedBytes.text(Array("a\\b\u{E9}".utf8)) == "a\\x5cb\\xc3\\xa9")
        for broken in ["\\", "\\x", "\\x5", "\\x5g", "\\n", "\\xC3"] { #expect(EscapedBytes.bytes(broken) == nil) }
    }

    @Test func aRecordingIsTheSameAfterItWasRead() throws {
        try Scratch.with { folder in
            let recording = SmallHost.recording
            try recording.write(to: folder + "/a")
            try Recording(from: folder + "/a").write(to: folder + "/b")
            let (first, second) = (try Scratch.files(folder + "/a"), try Scratch.files(folder + "/b"))
            #expect(first == second)
            #expect(first.keys.contains("files/proc/7/status"))
            // A name that is no good name for a file is kept in the line of its path.
            #expect(first["paths.jsonl"]?.contains("\"text\":\"odd\"") == true)
            #expect(first["README.md"]?.contains("ebpf-metrics collect --replay") == true)
        }
    }

    @Test func aFolderWithSomethingInItIsLeftAlone() throws {
        try Scratch.with { folder in
            try "mine".write(toFile: folder + "/x", atomically: true, encoding: .utf8)
            let error = #expect(throws: RecordingError.self) { try SmallHost.recording.write(to: folder) }
            #expect(error?.description == "\(folder): is not empty; name a folder that is not there yet")
            #expect(try Scratch.files(folder) == ["x": "mine"])
        }
    }

    /// A part of a small recording, what it is replaced by, and what is said then.
    @Test(arguments: [
        (
            "recording.json", "\"format\":1", "\"format\":2",
            ":1: this recording has format 2, and this program reads format 1"
        ),
        ("recording.json", "\"uid\":0", "\"uid\":-1", ":1: 'uid' is '-1', which is no number of its range"),
        ("recording.json", "\"bpf\":22", "\"bpf\":many", ":1: 'bpf' is 'many', which is no number of its range"),
        (
            "recording.json", "\"bpf\":22", "\"bpf\":-2147483648",
            ":1: 'bpf' is -2147483648, which is no error and no signal"
        ),
        ("recording.json", "\"procfs\":\"/proc\"", "\"procfs\":\"proc\"", ":1: 'procfs' is no absolute path"),
        ("bpf/programs.jsonl", "\"nr_map_ids\":1", "\"nr_map_ids\":-1", "'nr_map_ids' is -1, and there are 1 ids"),
        ("bpf/programs.jsonl", "\"map_ids\":[5]", "\"map_ids\":[5,6]", "'nr_map_ids' is 1, and there are 2 ids"),
        ("paths.jsonl", "\"llo", "\"ll/o", "'entries' has a name that no file can have"),
        ("paths.jsonl", "{\"path\":\"/proc/7\"", "{\"path\":\"proc/7\"", "does not begin with a slash"),
        ("bpf/maps.jsonl", "\"id\":5", "\"ID\":5", ":1: 'id' is missing"),
        ("bpf/maps.jsonl", "{\"id\":5", "[\"id\":5", ":1: did not find expected"),
        ("bpf/maps.jsonl", "pos:", "\\\\", ":1: 'fdinfo' has a backslash that is not followed by x and two digits"),
        ("bpf/programs.jsonl", "EAGAIN", "EWHAT", ":1: 'refusal' is 'EWHAT', which is no error's name"),
        (
            "paths.jsonl", "\"-odd name\"", "\"odd name\"",
            "'entries' has an item that does not begin with its type: d, -, l or ?"
        ),
        ("paths.jsonl", "\"kind\":\"map\"", "\"kind\":\"mop\"", "'kind' is none of program, map and link"),
    ]) func whatIsWrongIsSaidWithItsPlace(_ file: String, _ old: String, _ new: String, _ message: String) throws {
        try Scratch.with { folder in
            let place = folder + "/r"
            try SmallHost.recording.write(to: place)
            let path = "\(place)/\(file)"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains(old))
            try text.replacingOccurrences(of: old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: RecordingError.self) { try Recording(from: place) }
            #expect(error?.description.hasPrefix(path) == true)
            #expect(error?.description.contains(message) == true, "\(String(describing: error))")
        }
    }

    @Test func aRecordingLeadsNowhereElse() throws {
        try Scratch.with { folder in
            let place = folder + "/r"
            try SmallHost.recording.write(to: place)
            let secret = folder + "/secret"
            try "root".write(toFile: secret, atomically: true, encoding: .utf8)
            let comm = place + "/files/proc/7/comm"
            try FileManager.default.removeItem(atPath: comm)
            try FileManager.default.createSymbolicLink(atPath: comm, withDestinationPath: secret)
            let link = #expect(throws: RecordingError.self) { try Recording(from: place) }
            #expect(link?.description == "\(comm): cannot be read (ELOOP)")
            try FileManager.default.removeItem(atPath: comm)
            #expect(mkfifo(comm, 0o600) == 0)
            let pipe = #expect(throws: RecordingError.self) { try Recording(from: place) }
            #expect(pipe?.description == "\(comm): cannot be read (EINVAL)")
        }
    }

    @Test func onlyTheOwnerReadsARecording() throws {
        try Scratch.with { folder in
            try SmallHost.recording.write(to: folder + "/r")
            #expect(try FileStatus.of(folder + "/r").mode & 0o777 == 0o700)
            #expect(try FileStatus.of(folder + "/r/paths.jsonl").mode & 0o777 == 0o600)
            let open = folder + "/open"
            try FileManager.default.createDirectory(atPath: open, withIntermediateDirectories: true)
            chmod(open, 0o777)
            let error = #expect(throws: RecordingError.self) { try SmallHost.recording.write(to: open) }
            #expect(
                error?.description == "\(open): can be written by somebody else; name a folder that is not there yet")
        }
    }

    @Test func errorsWithoutANameComeBack() {
        #expect(Errno(name: "EPERM") == .notPermitted)
        #expect(Errno(name: Errno(rawValue: 524).description) == Errno(rawValue: 524))
        for wrong in ["", "errno", "errno x", "errno -1", "1", "EWHAT"] { #expect(Errno(name: wrong) == nil) }
    }

    @Test func aMissingRecordingIsSaid() {
        let error = #expect(throws: RecordingError.self) { try Recording(from: "/nonexistent") }
        #expect(
            error?.description
                == "/nonexistent: cannot be opened (ENOENT); a recording is a folder that 'ebpf-metrics record' has made"
        )
    }

    @Test func kallsymsIsCutToWhatAnybodyAsksFor() throws {
        let lines = [
            "ffffffff81000000 T first_one", "0000000000000000 t other",
            "0000000000000000 t bpf_prog_3b185187f1855c4c_x\t[bpf]",
            "0000000000000000 t bpf_kprobe_multi_show_fdinfo.llvm.1", "0000000000000000 t in_a_module\t[bpf_testmod]",
        ]
        let file = try FileDescriptor.holding(Array((lines.joined(separator: "\n") + "\n").utf8))
        let excerpt = String(decoding: try KallsymsExcerpt.read(file), as: UTF8.self)
        let first = "0000000000000000 T first_one"
        #expect(excerpt.split(separator: "\n").map(String.init) == [first, lines[2], lines[3]])
    }
}

/// A folder for the time of a test.
enum Scratch {
    static func with(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recording-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    /// All files below a folder, by their paths in it.
    static func files(_ folder: String) throws -> [String: String] {
        var files: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
            if !isFolder.boolValue {
                files[path] = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(path)")), as: UTF8.self)
            }
        }
        return files
    }
}
