import KernelObjects
import LinuxSystem

/// What the link `/proc/PID/fd/N` says.
enum FDLink: Equatable {
    case object(ObjectKind)
    /// Some other file.
    case other
    case unreadable(Errno)

    var kind: ObjectKind? {
        if case .object(let kind) = self { kind } else { nil }
    }

    /// Reads the link without making a String of it.
    static func read(_ name: UnsafePointer<CChar>, at directory: Int32?, through files: any FileCalls) -> FDLink {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { buffer in
            let count: Int
            do throws(Errno) {
                count = try files.readLink(name, at: directory, into: buffer)
            } catch {
                return .unreadable(error)
            }
            // SAFETY: readlink wrote `count` bytes into the buffer, which outlives the span.
            let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
            let text = Span<UInt8>(_unsafeBytes: bytes)
            let all = 0..<text.count
            if text.matches(all, "anon_inode:bpf-map") { return .object(.map) }
            if text.matches(all, "anon_inode:bpf-prog") { return .object(.program) }
            // A live link, or one that was opened again by its id or from a pin.
            if text.matches(all, "anon_inode:bpf_link") || text.matches(all, "anon_inode:bpf-link") {
                return .object(.link)
            }
            return .other
        }
    }
}
