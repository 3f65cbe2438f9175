import LinuxSystem

/// What the open descriptors of a recording or a replay stand for, by their numbers.
///
/// Nobody tells when one is closed. That does no harm: its number is given out again only by an open, which says what
/// it stands for then.
struct OpenFiles {
    private var files: [Int32: OpenFile] = [:]

    subscript(number: Int32) -> OpenFile? {
        get { files[number] }
        set { files[number] = newValue }
    }

    /// The path of an open directory or handle.
    func path(_ number: Int32?) throws(Errno) -> RecordedPath? {
        guard let number else { return nil }
        guard case .file(let path) = files[number] else { throw Errno.badDescriptor }
        return path
    }
}

/// What a descriptor stands for.
enum OpenFile {
    /// A file, a directory, or a handle of either.
    case file(RecordedPath)
    /// A handle of a process or thread.
    case process(Recording.Copy)
    /// What may be a BPF object, and what gave it.
    case object(Opened, from: Origin)

    /// What gave an object.
    enum Origin {
        case id
        case pin(RecordedPath, readOnly: Bool)
        case copy(Recording.Copy)
    }
}

/// The directory of our own descriptors' texts.
let ownTexts = RecordedPath("/proc/self/fdinfo")
