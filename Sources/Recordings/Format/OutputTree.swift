import Glibc
import LinuxSystem

/// A new folder with files, made as they are written. An existing folder has to be empty: nothing is replaced.
struct OutputTree {
    private let folder: String

    init(_ folder: String) throws(RecordingError) {
        self.folder = folder
        try Self.make(folder)
        let isEmpty: Bool
        do throws(Errno) {
            let directory = try FileDescriptor.open(folder, .directory)
            var reader = DirectoryReader()
            isEmpty = try reader.next(in: directory.number) == nil
        } catch {
            throw RecordingError(folder, "cannot be opened (\(error))")
        }
        guard isEmpty else { throw RecordingError(folder, "is not empty; name a folder that is not there yet") }
    }

    func write(_ name: String, _ bytes: [UInt8]) throws(RecordingError) {
        let path = "\(folder)/\(name)"
        var end = name.startIndex
        while let slash = name[end...].firstIndex(of: "/") {
            if slash > name.startIndex { try Self.make("\(folder)/\(name[..<slash])") }
            end = name.index(after: slash)
        }
        let number = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard number >= 0 else { throw RecordingError(path, "cannot be made (\(Errno.last))") }
        let file = FileDescriptor(owning: number)
        do throws(Errno) { try file.writeAll(bytes) } catch {
            throw RecordingError(path, "cannot be written (\(error))")
        }
    }

    private static func make(_ folder: String) throws(RecordingError) {
        guard mkdir(folder, 0o755) != 0 else { return }
        let error = Errno.last
        guard error.rawValue == EEXIST else { throw RecordingError(folder, "cannot be made (\(error))") }
    }
}
