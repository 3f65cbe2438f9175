/// Lists directories with `getdents64(2)` into one buffer that is kept from directory to directory:
/// no allocation for an entry, no `String`.
package struct DirectoryReader: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var offset = 0

    /// The entry's name, NUL-terminated, valid until the next call of `next`.
    package struct Entry {
        package let name: UnsafePointer<CChar>
        package let type: FileType
        package let inode: UInt64

        /// The name as a decimal number, or nil when it is not one.
        package var number: Int32? { DecimalName.parse(name) }

        /// The name's bytes, copied.
        package var bytes: [UInt8] {
            var bytes: [UInt8] = []
            var index = 0
            // SAFETY: stops at the terminating NUL.
            while name[index] != 0 {
                bytes.append(UInt8(bitPattern: name[index]))
                index += 1
            }
            return bytes
        }

        fileprivate var isDotOrDotDot: Bool {
            // SAFETY: the name is NUL-terminated, and each byte is looked at only after a non-NUL one.
            name[0] == 0x2E && (name[1] == 0 || (name[1] == 0x2E && name[2] == 0))
        }
    }

    /// A reader with its own buffer of `capacity` bytes.
    package init(capacity: Int = 32 * 1024) {
        buffer = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit {
        buffer.deallocate()
    }

    /// Forgets what is left of the directory read before.
    package mutating func rewind() {
        filled = 0
        offset = 0
    }

    /// Whether the next entry has to be asked for.
    package var isUsedUp: Bool { offset >= filled }

    /// The next entry of `directory` that is not `.` or `..`, or nil at the end.
    package mutating func next(
        in directory: Int32, through files: any FileCalls = LiveFiles()
    ) throws(Errno) -> Entry? {
        while true {
            if offset >= filled {
                filled = try files.list(directory, into: buffer)
                offset = 0
                if filled == 0 { return nil }
            }
            // SAFETY: the kernel wrote whole linux_dirent64 records (ino 8, off 8, reclen 2, type 1, name)
            // into [0, filled); reclen leads from one to the next, and names end in NUL.
            let record = UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped + offset)
            offset += Int(record.load(fromByteOffset: 16, as: UInt16.self))
            let type = record.load(fromByteOffset: 18, as: UInt8.self)
            let name = (record + 19).assumingMemoryBound(to: CChar.self)
            let entry = Entry(
                name: name, type: FileType(rawValue: type) ?? .unknown, inode: record.load(as: UInt64.self))
            if !entry.isDotOrDotDot { return entry }
        }
    }

    /// `DT_*`, as far as it matters here.
    package enum FileType: UInt8 {
        case unknown = 0
        case directory = 4
        case regular = 8
        case symbolicLink = 10
    }
}

/// Decimal numbers as file names: process ids and fd numbers.
package enum DecimalName {
    /// The number that a NUL-terminated name spells, or nil when it spells none.
    package static func parse(_ name: UnsafePointer<CChar>) -> Int32? {
        var value: Int32 = 0
        var index = 0
        // SAFETY: stops at the terminating NUL.
        while name[index] != 0 {
            let digit = Int32(name[index]) - 0x30
            guard digit >= 0, digit <= 9, index < 10 else { return nil }
            let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowedAgain) = tens.addingReportingOverflow(digit)
            if overflowed || overflowedAgain { return nil }
            value = sum
            index += 1
        }
        return index > 0 ? value : nil
    }
}
