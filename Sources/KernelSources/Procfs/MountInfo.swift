package import LinuxSystem

/// One line of `/proc/PID/mountinfo`.
package struct MountInfo: Equatable {
    /// `major:minor`, the same for every mount of one super block.
    package let device: String
    /// The directory of the file system that is at the mount point.
    package let root: [UInt8]
    /// Where it is mounted.
    package let mountPoint: [UInt8]
    /// The file system's type.
    package let type: String
    /// The mount's own options, then the super block's.
    package let options: [String]
    /// Whether nothing may be written through any mount of the super block. That this mount is read-only does not keep a
    /// pin from being opened.
    package let isSuperBlockReadOnly: Bool

    /// Understands a mountinfo text; lines that make no sense are left out.
    package static func parse(_ text: Span<UInt8>) -> [MountInfo] {
        var mounts: [MountInfo] = []
        var lines = LineCursor()
        while let line = lines.next(in: text) {
            if let mount = MountInfo(line, in: text) { mounts.append(mount) }
        }
        return mounts
    }

    /// The mounts of a process.
    package static func read(_ path: String, through files: any FileCalls) throws(Errno) -> [MountInfo] {
        let bytes = try FileContents.read(path, limit: 16 << 20, through: files)
        return parse(bytes.span)
    }

    private init?(_ line: Range<Int>, in text: Span<UInt8>) {
        let fields = Self.split(line, at: 0x20, in: text)
        // id parent major:minor root mount-point options [optional …] - type source super-options
        guard fields.count >= 10,
            let dash = fields.indices.dropFirst(6).first(where: { text.matches(fields[$0], "-") }),
            dash + 3 < fields.count
        else { return nil }
        device = text.text(fields[2])
        root = Self.unescape(fields[3], in: text)
        mountPoint = Self.unescape(fields[4], in: text)
        type = text.text(fields[dash + 1])
        func list(_ field: Range<Int>) -> [String] { Self.split(field, at: 0x2C, in: text).map { text.text($0) } }
        let superOptions = list(fields[dash + 3])
        options = list(fields[5]) + superOptions
        isSuperBlockReadOnly = superOptions.contains("ro")
    }

    private static func split(_ range: Range<Int>, at separator: UInt8, in text: Span<UInt8>) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        for index in range where text[index] == separator {
            parts.append(start..<index)
            start = index + 1
        }
        parts.append(start..<range.upperBound)
        return parts
    }

    /// Space, tab, newline and backslash are written as three octal digits.
    private static func unescape(_ range: Range<Int>, in text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            if text[index] == 0x5C, index + 3 < range.upperBound,
                let value = octal(text[index + 1], text[index + 2], text[index + 3])
            {
                bytes.append(value)
                index += 4
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return bytes
    }

    private static func octal(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> UInt8? {
        let digits = [a, b, c].map { Int($0) - 0x30 }
        guard digits.allSatisfy({ (0...7).contains($0) }) else { return nil }
        return UInt8(exactly: digits[0] * 64 + digits[1] * 8 + digits[2])
    }
}
