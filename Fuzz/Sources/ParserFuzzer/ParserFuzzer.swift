import Glibc
import KernelObjects

@testable import KernelSources

/// The program: libFuzzer's driver with our callback. SwiftPM gives an executable's `main` this name.
@_cdecl("ParserFuzzer_main")
public func runFuzzer(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    var count = count
    var arguments = arguments
    return libFuzzerDriver(&count, &arguments) { start, count in
        // SAFETY: libFuzzer lends `count` bytes for the time of the call.
        target.run(Span(_unsafeElements: UnsafeBufferPointer(start: start, count: count)))
        return 0
    }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func libFuzzerDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The parser that `FUZZ_TARGET` names. Beside not crashing, each has to keep a promise that holds for any input; a
/// broken one ends the run.
private let target: Target = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = Target(rawValue: name) else {
        print("FUZZ_TARGET is '\(name)'; give one of \(Target.allCases.map(\.rawValue).joined(separator: ", "))")
        exit(64)
    }
    return target
}()

enum Target: String, CaseIterable {
    case fdinfo, mountinfo, cgroup, status, stat, kallsyms, release

    func run(_ bytes: Span<UInt8>) {
        switch self {
        case .fdinfo: fuzzFDInfo(bytes)
        case .mountinfo: fuzzMountInfo(bytes)
        case .cgroup: fuzzCgroup(bytes)
        case .status: _ = ProcessStatus(bytes)
        case .stat: _ = ProcessStat(bytes)
        case .kallsyms: fuzzKallsyms(bytes)
        case .release: fuzzRelease(bytes)
        }
    }

    /// An object is told only with an id, and only from a text that begins as the kernel's do.
    private func fuzzFDInfo(_ bytes: Span<UInt8>) {
        for isWhole in [true, false] {
            let id: ObjectID
            switch FDInfo.parse(bytes, isWhole: isWhole) {
            case .map(let map): id = map.id
            case .program(let program): id = program.id
            case .link(let link): id = link.id
            case .btf, .other, .malformed: continue
            }
            precondition(id != 0 && bytes.starts(0..<bytes.count, with: "pos:"))
        }
    }

    /// A super block is walked once.
    private func fuzzMountInfo(_ bytes: Span<UInt8>) {
        let devices = BpffsMounts.distinct(MountInfo.parse(bytes)).compactMap(\.device)
        precondition(Set(devices).count == devices.count)
    }

    /// A container id has 64 hexadecimal digits.
    private func fuzzCgroup(_ bytes: Span<UInt8>) {
        guard let id = ContainerID.find(inCgroup: bytes) else { return }
        precondition(id.utf8.count == 64 && id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }

    /// What is found was asked for.
    private func fuzzKallsyms(_ bytes: Span<UInt8>) {
        let path = "/proc/self/fd/\(memory)"
        ftruncate(memory, 0)
        bytes.withUnsafeBytes { _ = pwrite(memory, $0.baseAddress, $0.count, 0) }
        let asked: Set<ProgramTag> = [ProgramTag(value: 0x3b18_5187_f1855c4c), ProgramTag(value: 0)]
        if let found = try? Kallsyms.names(of: asked, path: path) {
            precondition(found.keys.allSatisfy(asked.contains))
        }
        _ = Kallsyms.contains(function: "bpf_kprobe_multi_show_fdinfo", path: path)
    }

    /// A version keeps the text it was read from.
    private func fuzzRelease(_ bytes: Span<UInt8>) {
        let text = bytes.text(0..<bytes.count)
        if let version = KernelVersion(text) { precondition(version.description == text) }
    }
}

/// A file without a name, for the one parser that reads its file itself.
private let memory: CInt = {
    var path = Array("/tmp/ebpf-metrics-fuzz-XXXXXX".utf8CString)
    let fd = mkstemp(&path)
    unlink(path)
    return fd
}()
