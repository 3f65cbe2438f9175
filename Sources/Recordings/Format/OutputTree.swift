import Glibc
import LinuxSystem

/// A new folder with files, for nobody but its owner to read: it tells of all users. An existing folder has to be empty
/// and nobody else's: nothing is replaced, and nothing is put where another one leads us.
struct OutputTree {
    private let folder: String

    init(_ folder: String) throws(RecordingError) {
        self.folder = folder
        try Self.make(folder)
        let isEmpty: Bool
        let isOurs: Bool
        do throws(Errno) {
            let directory = try FileDescriptor.open(folder, .directory)
            let status = try FileStatus.of(directory.number)
            isOurs = status.owner == geteuid() && status.mode & 0o022 == 0
            var reader = DirectoryReader()
            isEmpty = try reader.next(in: directory.number) == nil
        } catch {
            throw RecordingError(folder, "cannot be opened (\(error))")
        }
        guard isOurs else {
            throw RecordingError(folder, "can be written by somebody else; name a folder that is not there yet")
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
        let number = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw RecordingError(path, "cannot be made (\(Errno.last))") }
        let file = FileDescriptor(owning: number)
        do throws(Errno) { try file.writeAll(bytes) } catch {
            throw RecordingError(path, "cannot be written (\(error))")
        }
    }

    private static func make(_ folder: String) throws(RecordingError) {
        guard mkdir(folder, 0o700) != 0 else { return }
        let error = Errno.last
        guard error.rawValue == EEXIST else { throw RecordingError(folder, "cannot be made (\(error))") }
    }
}
