import LinuxSystem

/// The lines of kallsyms that anybody here asks for: those of BPF programs, the one function that tells of a hazard,
/// and the first, which shows that there are any.
enum KallsymsExcerpt {
    static func read(_ file: borrowing FileDescriptor) throws(Errno) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var excerpt: [UInt8] = []
        var line: [UInt8] = []
        while true {
            let count = try file.read(into: buffer)
            if count == 0 { break }
            for byte in buffer[..<count] {
                line.append(byte)
                guard byte == newline else { continue }
                if excerpt.isEmpty || isWanted(line) { excerpt += withoutAddress(line) }
                line.removeAll(keepingCapacity: true)
            }
        }
        return excerpt
    }

    /// Where the kernel put things is nobody's business.
    private static func withoutAddress(_ line: [UInt8]) -> [UInt8] {
        let end = line.firstIndex(of: UInt8(ascii: " ")) ?? 0
        return Array(repeating: UInt8(ascii: "0"), count: end) + line[end...]
    }

    private static func isWanted(_ line: [UInt8]) -> Bool {
        if line.suffix(7).elementsEqual("\t[bpf]\n".utf8) { return true }
        // address, type, name
        guard let name = line.split(separator: UInt8(ascii: " "), maxSplits: 2).dropFirst(2).first else { return false }
        return name.starts(with: "bpf_kprobe_multi_show_fdinfo".utf8)
    }

    private static let newline = UInt8(ascii: "\n")
}
