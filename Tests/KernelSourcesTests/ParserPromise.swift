import KernelObjects
import LinuxSystem

@testable import KernelSources

/// What the parsers of the kernel's texts promise for any input, beside not to crash. Fuzz/ has this file, too, and
/// looks for an input that breaks one.
enum ParserPromise: String, CaseIterable {
    case fdinfo, mountinfo, cgroup, status, stat, kallsyms, release, btf

    /// What is broken of the promise; nil when it is kept.
    func broken(by bytes: Span<UInt8>) -> String? {
        switch self {
        case .fdinfo: fdinfo(bytes)
        case .mountinfo: mountinfo(bytes)
        case .cgroup: cgroup(bytes)
        case .status: status(bytes)
        case .stat: stat(bytes)
        case .kallsyms: kallsyms(bytes)
        case .release: release(bytes)
        case .btf: btf(bytes)
        }
    }

    private func fdinfo(_ bytes: Span<UInt8>) -> String? {
        for isWhole in [true, false] {
            let id: ObjectID
            switch FDInfo.parse(bytes, isWhole: isWhole) {
            case .map(let map): id = map.id
            case .program(let program): id = program.id
            case .link(let link): id = link.id
            case .btf, .other, .malformed: continue
            }
            guard id != 0 else { return "an object without an id" }
            guard bytes.starts(0..<bytes.count, with: "pos:") else { return "an object in a text that is no fdinfo" }
        }
        return nil
    }

    private func mountinfo(_ bytes: Span<UInt8>) -> String? {
        let mounts = MountInfo.parse(bytes)
        let size = mounts.reduce(0) { $0 + $1.root.count + $1.mountPoint.count }
        guard size <= bytes.count else { return "the paths are longer than the text" }
        let chosen = BpffsMounts.distinct(mounts)
        let devices = Set(chosen.compactMap(\.device))
        guard devices.count == chosen.count else { return "a super block is walked twice" }
        guard devices == Set(mounts.filter { $0.type == "bpf" }.map(\.device)) else { return "a super block is lost" }
        return nil
    }

    private func cgroup(_ bytes: Span<UInt8>) -> String? {
        guard let id = ContainerID.find(inCgroup: bytes) else { return nil }
        let isHexadecimal = id.utf8.count == 64 && id.allSatisfy { $0.isHexDigit && !$0.isUppercase }
        return isHexadecimal ? nil : "a container id that is not of 64 hexadecimal digits"
    }

    private func status(_ bytes: Span<UInt8>) -> String? {
        let status = ProcessStatus(bytes)
        guard status.seccomp ?? 0 >= 0 else { return "a mode below zero" }
        return status.namespacePIDs.count <= bytes.count ? nil : "more process ids than the text can hold"
    }

    private func stat(_ bytes: Span<UInt8>) -> String? {
        guard let stat = ProcessStat(bytes) else { return nil }
        guard stat.state != 0x20, stat.state != 0x0A else { return "the state is what stands between fields" }
        let isWithoutFiles = "ZX".utf8.contains(stat.state) || stat.flags & 0x0020_0000 != 0
        return stat.hasNoFiles == isWithoutFiles ? nil : "files are expected of a zombie or a kernel thread"
    }

    /// The kernel hands the text out in pieces of its own choice, so these do not matter.
    private func kallsyms(_ bytes: Span<UInt8>) -> String? {
        let asked: Set<ProgramTag> = [ProgramTag(value: 0x3b18_5187_f1855c4c), ProgramTag(value: 0)]
        let whole = names(of: asked, in: bytes, piece: bytes.count)
        guard whole.keys.allSatisfy(asked.contains) else { return "a name for a tag that nobody asked for" }
        guard whole == names(of: asked, in: bytes, piece: 101) else { return "the pieces change the names" }
        let isThere = contains(in: bytes, piece: bytes.count)
        return isThere == contains(in: bytes, piece: 101) ? nil : "the pieces change whether a function is there"
    }

    private func names(of tags: Set<ProgramTag>, in bytes: Span<UInt8>, piece: Int) -> [ProgramTag: Kallsyms.Names] {
        bytes.withUnsafeBytes { text in
            var text = text[...]
            return (try? Kallsyms.names(of: tags) { buffer in Self.read(piece, of: &text, into: buffer) }) ?? [:]
        }
    }

    private func contains(in bytes: Span<UInt8>, piece: Int) -> Bool? {
        bytes.withUnsafeBytes { text in
            var text = text[...]
            return Kallsyms.contains(function: "bpf_kprobe_multi_show_fdinfo") { buffer in
                Self.read(piece, of: &text, into: buffer)
            }
        }
    }

    /// `read(2)` of a file that gives no more than a piece at a time.
    private static func read(
        _ piece: Int, of text: inout Slice<UnsafeRawBufferPointer>, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        let part = text.prefix(min(piece, buffer.count))
        buffer.copyBytes(from: part)
        text = text.dropFirst(part.count)
        return part.count
    }

    /// A name is what stands between two NULs, and not empty.
    private func btf(_ bytes: Span<UInt8>) -> String? {
        let pieces = Set(
            bytes.withUnsafeBytes { text in text.split(separator: 0).map { String(decoding: $0, as: UTF8.self) } })
        for type in UInt32(0)...64 {
            guard let name = BTF.functionName(type, in: bytes) else { continue }
            guard pieces.contains(name) else { return "a name that is not between two NULs" }
        }
        return nil
    }

    private func release(_ bytes: Span<UInt8>) -> String? {
        let text = bytes.text(0..<bytes.count)
        guard let version = KernelVersion(text) else { return nil }
        guard version.description == text else { return "the version is not of this text" }
        guard min(version.major, version.minor, version.patch) >= 0 else { return "a number below zero" }
        let isAtLeastItself = version.isAtLeast(version.major, version.minor, version.patch)
        return isAtLeastItself && version == version && !(version < version) ? nil : "the version is not its own equal"
    }
}
