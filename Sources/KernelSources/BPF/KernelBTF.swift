internal import CLinux
import LinuxSystem

/// The kernel's own BTF, readable by anyone. Only the running kernel's.
enum KernelBTF {
    /// Whether these names are in it, each by itself; nil when it cannot be read, or not to its end.
    ///
    /// Of some 5 MB the names are 2, of which nothing is taken apart: a name is found between two NULs.
    static func contains(_ names: [StaticString], in file: borrowing FileDescriptor) -> [Bool]? {
        var found = names.map { _ in false }
        // What a name may need of the bytes before: itself and a NUL on each side.
        let overlap = (names.map(\.utf8CodeUnitCount).max() ?? 0) + 2
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
        defer { buffer.deallocate() }
        do throws(Errno) {
            let head = try file.read(into: buffer)
            // SAFETY: `head` bytes were read into the buffer, which outlives the span.
            let header = Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer[..<head]))
            guard let (start, length) = BTF.names(header), length > 0 else { return nil }
            try file.seek(to: start)
            var (kept, done) = (0, 0)
            while true {
                let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[kept...]))
                // That a name is missing counts, so all have to have been there.
                if count == 0 { return done >= length ? found : nil }
                done += count
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<(kept + count)])
                for (index, name) in names.enumerated() where !found[index] {
                    found[index] = bytes.contains(name)
                }
                kept = min(overlap, bytes.count)
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.suffix(kept)))
            }
        } catch {
            return nil
        }
    }
}

/// What the kernel's BTF says of links of the type kprobe_multi, on which link fdinfo may crash it.
package struct KprobeMultiBTF: Sendable, Equatable {
    /// The function that shows such a link in fdinfo. The compiler may leave a function out of BTF.
    static let function: StaticString = "bpf_kprobe_multi_show_fdinfo"
    /// The record of such a link. Where fprobe is not configured, neither is compiled; where it is, the type of what the
    /// function works on is in BTF.
    static let record: StaticString = "bpf_kprobe_multi_link"

    /// Whether it has the function.
    package var hasFunction: Bool
    /// Whether it has the record.
    package var hasRecord: Bool

    package init(hasFunction: Bool, hasRecord: Bool) {
        self.hasFunction = hasFunction
        self.hasRecord = hasRecord
    }

    /// Looks; nil when the BTF cannot be read.
    init?(path: String, through files: any FileCalls) {
        guard let file = try? files.open(path, .read),
            let found = KernelBTF.contains([Self.function, Self.record], in: file)
        else { return nil }
        self.init(hasFunction: found[0], hasRecord: found[1])
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a name stands in it between two NULs.
    fileprivate func contains(_ name: StaticString) -> Bool {
        var rest = self
        while let start = rest.baseAddress,
            // SAFETY: looks at the bytes of the two, whose lengths these are.
            let place = clinux_find(start, rest.count, name.utf8Start, name.utf8CodeUnitCount)
        {
            let offset = UnsafeRawPointer(place) - start
            let end = offset + name.utf8CodeUnitCount
            if offset > 0, rest[offset - 1] == 0, end < rest.count, rest[end] == 0 { return true }
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
        return false
    }
}
