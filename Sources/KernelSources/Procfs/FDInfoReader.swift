import KernelObjects
import LinuxSystem

/// Reads fdinfo texts into one buffer and understands them.
struct FDInfoReader: ~Copyable {
    /// More than the kernel writes for a map or program; links may be longer and need not be read to their end.
    static let usualSize = 4096
    /// Where somebody made a text longer on purpose, with thousands of locks, this much of it is read.
    static let mostSize = 1 << 20

    private let source: SourceKind
    private let files: any FileCalls
    private let buffer: UnsafeMutableRawBufferPointer

    /// - Parameter source: who is to be named as having seen the objects.
    init(for source: SourceKind, through files: any FileCalls) {
        self.source = source
        self.files = files
        buffer = .allocate(byteCount: Self.usualSize, alignment: 8)
    }

    deinit {
        buffer.deallocate()
    }

    /// Reads the text of this name in a directory of texts.
    func read(_ name: UnsafePointer<CChar>, in directory: Int32) throws(Errno) -> FDInfo {
        try read(try open(name, in: directory))
    }

    /// Opens the text of this name in a directory of texts.
    func open(_ name: UnsafePointer<CChar>, in directory: Int32) throws(Errno) -> FileDescriptor {
        try files.open(name, at: directory, .read)
    }

    /// Reads a text that was just opened.
    func read(_ file: borrowing FileDescriptor) throws(Errno) -> FDInfo {
        let count = try file.read(into: buffer)
        let info = parse(buffer, count)
        return info == .malformed(.tooLong) ? try readOn(file, from: count) : info
    }

    /// Reads a text that was read before: as it is now. None that is longer than usual.
    func readAgain(_ file: borrowing FileDescriptor) throws(Errno) -> FDInfo {
        parse(buffer, try file.readFromBeginning(into: buffer))
    }

    /// Goes on reading a text that was longer than usual, in a buffer for this once.
    private func readOn(_ file: borrowing FileDescriptor, from start: Int) throws(Errno) -> FDInfo {
        let large = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.mostSize, alignment: 8)
        defer { large.deallocate() }
        large.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<start]))
        var filled = start
        while filled < large.count {
            let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: large[filled...]))
            if count == 0 { break }
            filled += count
        }
        return parse(large, filled)
    }

    private func parse(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int) -> FDInfo {
        // SAFETY: `count` bytes were written into the buffer, which outlives the span.
        let bytes = UnsafeBufferPointer(rebasing: buffer.bindMemory(to: UInt8.self)[..<count])
        return FDInfo.parse(Span(_unsafeElements: bytes), isWhole: count < buffer.count, for: source)
    }
}
