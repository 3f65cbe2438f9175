import LinuxSystem

/// The files of a recording, read without leaving its folder: no symbolic link is followed, and nothing is read that is
/// no regular file.
struct InputTree {
    private final class Folder {
        let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }

    private let name: String
    private let folder: Folder

    /// Far more than any file of a recording has.
    private static let largest = 256 << 20

    init(_ name: String) throws(RecordingError) {
        self.name = name
        do throws(Errno) { folder = Folder(try FileDescriptor.open(name, .directory)) } catch {
            throw RecordingError(
                name, "cannot be opened (\(error)); a recording is a folder that 'ebpf-metrics record' has made")
        }
    }

    func path(_ file: String) -> String { "\(name)/\(file)" }

    func read(_ file: String) throws(RecordingError) -> [UInt8] {
        do throws(Errno) {
            let opened = try FileDescriptor.openRegular(file, beneath: folder.descriptor)
            let bytes = try FileContents.read(opened, limit: Self.largest + 1)
            guard bytes.count <= Self.largest else { throw Errno.fileTooLarge }
            return bytes
        } catch {
            let hint = error == .notFound ? "; a recording is a folder that 'ebpf-metrics record' has made" : ""
            throw RecordingError(path(file), "cannot be read (\(error))\(hint)")
        }
    }

    /// Visits each line as an object of JSON.
    func forEachLine(
        _ file: String, _ body: (RecordedLine) throws(RecordingError) -> Void
    ) throws(RecordingError) {
        var number = 0
        for line in try read(file).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if !line.isEmpty { try body(try RecordedLine(Array(line), path: path(file), line: number)) }
        }
    }
}
