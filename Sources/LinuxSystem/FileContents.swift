internal import Glibc

/// Small files, read whole.
package enum FileContents {
    /// Reads the file at `path`, at most `limit` bytes of it.
    ///
    /// For one-off reads such as a sysctl; the scan has buffers of its own.
    package static func read(
        _ path: String, limit: Int = 1 << 20, through files: any FileCalls = LiveFiles()
    ) throws(Errno) -> [UInt8] {
        try read(try files.open(path, .read), limit: limit)
    }

    /// Reads what is left of an open file, at most `limit` bytes of it.
    package static func read(_ file: borrowing FileDescriptor, limit: Int) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let start = bytes.count
            let room = min(max(4096, start), limit - start)
            var outcome: Result<Int, Errno> = .success(0)
            bytes.append(contentsOf: repeatElement(0, count: room))
            bytes.withUnsafeMutableBytes { buffer in
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[start...])
                do throws(Errno) { outcome = .success(try file.read(into: rest)) } catch { outcome = .failure(error) }
            }
            let count = try outcome.get()
            bytes.removeLast(room - count)
            if count == 0 { break }
        }
        return bytes
    }

    /// The file's text without surrounding white space.
    package static func text(_ path: String, through files: any FileCalls = LiveFiles()) throws(Errno) -> String {
        let bytes = try read(path, through: files)
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || ($0 >= 0x09 && $0 <= 0x0D) }
        let trimmed = bytes.drop(while: isSpace)
        let end = trimmed.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? trimmed.startIndex
        return String(decoding: trimmed[..<end], as: UTF8.self)
    }

    /// What the symbolic link at `path` says.
    package static func linkTarget(
        _ path: String, through files: any FileCalls = LiveFiles()
    ) throws(Errno) -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(PATH_MAX), alignment: 1)
        defer { buffer.deallocate() }
        let count = try files.readLink(path, at: nil, into: buffer)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
