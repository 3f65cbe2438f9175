internal import CLinux
import LinuxSystem

/// The kernel's own BTF, readable by anyone. Only the running kernel's: of no use for a recording.
enum KernelBTF {
    /// Whether these names are in it, each by itself; nil when it cannot be read.
    ///
    /// Of some 5 MB the names are 2, of which nothing is taken apart: a name is found between two NULs.
    static func contains(_ names: [StaticString], path: String, through files: any FileCalls) -> [Bool]? {
        guard let file = try? files.open(path, .read) else { return nil }
        return contains(names, in: file)
    }

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
            guard let start = BTF.namesOffset(header) else { return nil }
            try file.seek(to: start)
            var kept = 0
            while true {
                let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[kept...]))
                if count == 0 { return kept > 0 ? found : nil }
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
