import KernelObjects
import KernelSources
import LinuxSystem
import Synchronization

/// The files of this host, with what they say written down.
struct RecordingFiles: FileCalls {
    let host: RecordingHost
    private let live = LiveFiles()

    init(host: RecordingHost) {
        self.host = host
    }

    /// Far more than any file has that is read, but for kallsyms.
    private static let largest = 16 << 20

    func open(
        _ path: UnsafePointer<CChar>, at directory: Int32?, _ mode: FileDescriptor.Mode, followLinks: Bool,
        crossMounts: Bool
    ) throws(Errno) -> FileDescriptor {
        let place = try place(path, at: directory)
        do throws(Errno) {
            let file = try live.open(
                path, at: directory, mode, followLinks: followLinks, crossMounts: crossMounts)
            if mode == .read { return try read(file, place) }
            let number = file.number
            host.update { state in
                state.open[number] = .file(place)
                state.listings[number] = []
                if mode == .path { state.recording.files[place, default: RecordedFile()].handle = .success(true) }
            }
            return file
        } catch {
            host.update { state in
                switch mode {
                case .read: state.recording.files[place, default: RecordedFile()].contents = .failure(error)
                case .directory: state.recording.files[place, default: RecordedFile()].entries = .failure(error)
                case .path: state.recording.files[place, default: RecordedFile()].handle = .failure(error)
                }
            }
            throw error
        }
    }

    /// Reads the file at once, and hands out a copy: what is recorded is what was seen.
    private func read(_ file: consuming FileDescriptor, _ place: RecordedPath) throws(Errno) -> FileDescriptor {
        let bytes =
            switch String(decoding: place.name, as: UTF8.self) {
            case "kallsyms": try KallsymsExcerpt.read(file)
            case "stat": Self.withoutAddresses(try FileContents.read(file, limit: Self.largest))
            default: try FileContents.read(file, limit: Self.largest)
            }
        host.update { state in
            if place.parent == ownTexts {
                if let fd = Int32(String(decoding: place.name, as: UTF8.self)) { state.learntText(bytes, of: fd) }
                return
            }
            var contents = RecordedFile.Contents.bytes(bytes)
            if place.parent.name.elementsEqual("fdinfo".utf8) {
                switch FDInfo.parse(bytes.span) {
                case .btf, .other: contents = .notBPF
                case .map, .program, .link, .malformed: break
                }
            }
            state.recording.files[place, default: RecordedFile()].contents = .success(contents)
        }
        return try FileDescriptor.holding(bytes)
    }

    /// A process's stat up to its flags: behind them are addresses, which would tell how its memory is laid out.
    private static func withoutAddresses(_ stat: [UInt8]) -> [UInt8] {
        guard let close = stat.lastIndex(of: UInt8(ascii: ")")) else { return stat }
        let fields = stat[(close + 1)...].split(separator: UInt8(ascii: " ")).prefix(7)
        return Array(stat[...close]) + fields.flatMap { [UInt8(ascii: " ")] + $0 } + [UInt8(ascii: "\n")]
    }

    func list(_ directory: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        guard let place = try host.state.withLock({ state throws(Errno) in try state.open.path(directory) }) else {
            throw Errno.badDescriptor
        }
        do throws(Errno) {
            let count = try live.list(directory, into: buffer)
            let entries = DirectoryRecords.entries(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            host.update { state in
                state.listings[directory, default: []] += entries
                // Not everybody lists to the end; the fullest list counts.
                let listing = state.listings[directory] ?? []
                let known = try? state.recording.files[place]?.entries?.get()
                if count == 0 || listing.count > known?.count ?? -1 {
                    state.recording.files[place, default: RecordedFile()].entries = .success(listing)
                }
            }
            return count
        } catch {
            host.update { $0.recording.files[place, default: RecordedFile()].entries = .failure(error) }
            throw error
        }
    }

    func status(
        of path: UnsafePointer<CChar>, at directory: Int32?, followLinks: Bool
    ) throws(Errno) -> FileStatus {
        try status(try place(path, at: directory)) { () throws(Errno) in
            try live.status(of: path, at: directory, followLinks: followLinks)
        }
    }

    func status(of descriptor: Int32) throws(Errno) -> FileStatus {
        guard let place = try host.state.withLock({ state throws(Errno) in try state.open.path(descriptor) }) else {
            throw Errno.badDescriptor
        }
        return try status(place) { () throws(Errno) in try live.status(of: descriptor) }
    }

    private func status(_ place: RecordedPath, _ ask: () throws(Errno) -> FileStatus) throws(Errno) -> FileStatus {
        let answer = Result { () throws(Errno) in try ask() }
        host.update { $0.recording.files[place, default: RecordedFile()].status = answer }
        return try answer.get()
    }

    func readLink(
        _ path: UnsafePointer<CChar>, at directory: Int32?, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        let place = try place(path, at: directory)
        do throws(Errno) {
            let count = try live.readLink(path, at: directory, into: buffer)
            // Where somebody's fds lead is nobody's business, unless they are BPF objects.
            let text = Array(buffer[..<count])
            let isOpen = place.parent.name.elementsEqual("fd".utf8)
            let target = !isOpen || text.starts(with: "anon_inode:bpf".utf8) ? text : []
            host.update { $0.recording.files[place, default: RecordedFile()].target = .success(target) }
            return count
        } catch {
            host.update { $0.recording.files[place, default: RecordedFile()].target = .failure(error) }
            throw error
        }
    }

    func fileSystem(of descriptor: Int32) throws(Errno) -> FileSystemType {
        guard let place = try host.state.withLock({ state throws(Errno) in try state.open.path(descriptor) }) else {
            throw Errno.badDescriptor
        }
        let answer = Result { () throws(Errno) in try live.fileSystem(of: descriptor) }
        host.update { state in
            state.recording.files[place, default: RecordedFile()].fileSystem = answer.map(\.rawValue)
        }
        return try answer.get()
    }

    private func place(_ path: UnsafePointer<CChar>, at directory: Int32?) throws(Errno) -> RecordedPath {
        RecordedPath(
            path, at: try host.state.withLock { state throws(Errno) in try state.open.path(directory) })
    }
}
