internal import CLinux
internal import Glibc

/// Small files, read whole.
package enum FileContents {
    /// Reads the file at `path` (relative to `directory`), at most `limit` bytes of it.
    ///
    /// For one-off reads such as a sysctl; the scan has buffers of its own.
    package static func read(_ path: String, at directory: Int32? = nil, limit: Int = 1 << 20) throws(Errno) -> [UInt8]
    {
        let file = try FileDescriptor.open(path, at: directory, .read)
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
    package static func text(_ path: String, at directory: Int32? = nil) throws(Errno) -> String {
        let bytes = try read(path, at: directory)
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || ($0 >= 0x09 && $0 <= 0x0D) }
        let trimmed = bytes.drop(while: isSpace)
        let end = trimmed.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? trimmed.startIndex
        return String(decoding: trimmed[..<end], as: UTF8.self)
    }

    /// What the symbolic link at `path` says.
    package static func linkTarget(_ path: String, at directory: Int32? = nil) throws(Errno) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let result = buffer.withUnsafeMutableBytes { bytes in
            clinux_readlinkat(
                directory ?? AT_FDCWD, path, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        }
        let count = try Errno.check(result)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
