import KernelObjects
import LinuxSystem

/// `/proc/kallsyms`: compiled programs are listed there as `bpf_prog_TAG_NAME [bpf]`, to anyone, unless the JIT is
/// hardened or told not to.
enum Kallsyms {
    /// What the symbols of one tag agree on.
    struct Names: Equatable {
        /// The kernel name: the symbol's name cut to 15 bytes; nil when the symbols differ within that.
        var name: KernelName?
        /// The symbol's full name; nil when the symbols differ.
        var fullName: String?
    }

    /// Puts the next bytes of the text into the buffer, and answers how many; 0 at the end.
    typealias Reader = (UnsafeMutableRawBufferPointer) throws(Errno) -> Int

    /// Looks up the names of these tags.
    static func names(
        of tags: Set<ProgramTag>, path: String, through files: any FileCalls
    ) throws(Errno) -> [ProgramTag: Names] {
        let file = try files.open(path, .read)
        return try names(of: tags) { buffer throws(Errno) in try file.read(into: buffer) }
    }

    static func names(of tags: Set<ProgramTag>, from read: Reader) throws(Errno) -> [ProgramTag: Names] {
        var found: [ProgramTag: Names] = [:]
        try forEachLine(read) { text, line in
            guard let (tag, name) = programSymbol(line, in: text), tags.contains(tag) else { return true }
            let kernelName = text.kernelName(name)
            if var names = found[tag] {
                // Several symbols of one tag: only what all agree on is known.
                if names.name != kernelName { names.name = nil }
                if names.fullName != nil, names.fullName != text.text(name) { names.fullName = nil }
                found[tag] = names
            } else {
                found[tag] = Names(name: kernelName, fullName: text.text(name))
            }
            return true
        }
        return found
    }

    /// Whether the kernel has a function of this name; nil when the list cannot be read.
    static func contains(function: StaticString, path: String, through files: any FileCalls) -> Bool? {
        do throws(Errno) {
            let file = try files.open(path, .read)
            return contains(function: function) { buffer throws(Errno) in try file.read(into: buffer) }
        } catch {
            return nil
        }
    }

    static func contains(function: StaticString, from read: Reader) -> Bool? {
        var isFound = false
        var isEmpty = true
        do throws(Errno) {
            try forEachLine(read) { text, line in
                isEmpty = false
                // A compiler may have added a suffix (`.llvm.123`).
                isFound = symbol(line, in: text).map { text.starts($0, with: function) } ?? false
                return !isFound
            }
        } catch {
            return nil
        }
        return isEmpty ? nil : isFound
    }

    /// The tag and the rest of a name `bpf_prog_0123456789abcdef_rest` of the pseudo-module `[bpf]`.
    ///
    /// The kernel has functions of its own that begin with `bpf_prog_`; they are no programs.
    private static func programSymbol(_ line: Range<Int>, in text: Span<UInt8>) -> (ProgramTag, Range<Int>)? {
        guard let symbol = symbol(line, in: text), text.starts(symbol, with: "bpf_prog_"), symbol.count >= 25,
            text.matches(line.upperBound - 6..<line.upperBound, "\t[bpf]"),
            let tag = text.hexadecimal(symbol.lowerBound + 9..<symbol.lowerBound + 25)
        else { return nil }
        // A program without a name has no underscore behind its tag either.
        if symbol.count == 25 { return (ProgramTag(value: tag), symbol.upperBound..<symbol.upperBound) }
        guard text[symbol.lowerBound + 25] == UInt8(ascii: "_") else { return nil }
        return (ProgramTag(value: tag), symbol.lowerBound + 26..<symbol.upperBound)
    }

    /// The name in a line `address type name[\t[module]]`.
    private static func symbol(_ line: Range<Int>, in text: Span<UInt8>) -> Range<Int>? {
        var start = line.lowerBound
        while start < line.upperBound, text[start] != 0x20 { start += 1 }
        start += 3
        guard start < line.upperBound else { return nil }
        var end = start
        while end < line.upperBound, text[end] != 0x09, text[end] != 0x20 { end += 1 }
        return start..<end
    }

    /// Visits the lines of a large file with one buffer; stops when `body` answers false.
    private static func forEachLine(
        _ read: Reader, _ body: (Span<UInt8>, Range<Int>) -> Bool
    ) throws(Errno) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        while true {
            let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { return }
            filled += count
            // SAFETY: [0, filled) was written by the reads above, and the buffer outlives the span.
            let bytes = UnsafeBufferPointer(rebasing: buffer.bindMemory(to: UInt8.self)[..<filled])
            let text = Span(_unsafeElements: bytes)
            var lines = LineCursor()
            var rest = 0
            while let line = lines.next(in: text) {
                if !lines.endedCleanly { break }
                rest = line.upperBound + 1
                if !body(text, line) { return }
            }
            // What is left of an unfinished line goes to the front. A line that fills the buffer is no symbol.
            if rest == 0, filled == buffer.count { rest = filled }
            let left = filled - rest
            if left > 0, rest > 0 {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[rest..<filled]))
            }
            filled = left
        }
    }
}
