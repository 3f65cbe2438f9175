import LinuxSystem

/// The records of `getdents64(2)`, read and written: inode 8, offset 8, length 2, type 1, name with its NUL.
enum DirectoryRecords {
    /// The entries in whole records, `.` and `..` left out.
    static func entries(_ records: UnsafeRawBufferPointer) -> [RecordedFile.Entry] {
        var entries: [RecordedFile.Entry] = []
        var offset = 0
        while offset + headerSize < records.count {
            let length = Int(records.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
            guard length > headerSize, offset + length <= records.count else { break }
            let name = Array(records[(offset + headerSize)..<(offset + length)].prefix { $0 != 0 })
            if name != dot, name != dotDot {
                let type = DirectoryReader.FileType(rawValue: records[offset + 18]) ?? .unknown
                entries.append(RecordedFile.Entry(name: name, type: type))
            }
            offset += length
        }
        return entries
    }

    /// Writes as many entries as fit: how many these were, and the bytes they took.
    static func write(
        _ entries: some Sequence<RecordedFile.Entry>, into buffer: UnsafeMutableRawBufferPointer
    ) -> (count: Int, bytes: Int) {
        var (count, offset) = (0, 0)
        for entry in entries {
            let length = (headerSize + entry.name.count + 1 + 7) & ~7
            guard offset + length <= buffer.count else { break }
            let record = UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<(offset + length)])
            record.initializeMemory(as: UInt8.self, repeating: 0)
            record.storeBytes(of: UInt16(length), toByteOffset: 16, as: UInt16.self)
            record[18] = entry.type.rawValue
            for (index, byte) in entry.name.enumerated() { record[headerSize + index] = byte }
            offset += length
            count += 1
        }
        return (count, offset)
    }

    private static let headerSize = 19
    private static let dot = Array(".".utf8)
    private static let dotDot = Array("..".utf8)
}
