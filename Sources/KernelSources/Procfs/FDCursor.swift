import LinuxSystem

/// The fds of a table, one after another: those that its directory lists and, behind a BPF object, the next number
/// without listing it. Objects come in rows, and listing an fd takes the kernel a fifth of what looking at it takes, and
/// leaves an entry of its own behind in its caches.
struct FDCursor: ~Copyable {
    /// An fd that is there, or may be.
    struct FD {
        let number: Int32
        /// Its name in the directory, valid until the cursor moves on.
        let name: UnsafePointer<CChar>
        /// Whether it was not listed, and may not be there.
        let isGuess: Bool
    }

    // Small, so that little of a row is listed before it is known to be one.
    private var reader = DirectoryReader(capacity: 2048)
    private var name = PathBuilder()
    private let canGuess: Bool
    private var guess: Int32?
    /// From which number on to list, when not from where the listing has come to.
    private var listedFrom: Int32?
    /// What is below was met.
    private var least: Int32 = 0

    /// - Parameter canGuess: whether directories are those of a real procfs, which can be listed from any number on.
    init(canGuess: Bool) {
        self.canGuess = canGuess
    }

    /// Begins with another table.
    mutating func rewind() {
        reader.rewind()
        guess = nil
        listedFrom = nil
        least = 0
    }

    /// The next fd; nil at the end.
    ///
    /// - Parameter mayGuess: whether one that was not listed will do.
    mutating func next(
        in directory: borrowing FileDescriptor, mayGuess: Bool, through files: any FileCalls
    ) throws(Errno) -> FD? {
        if let number = guess {
            guess = nil
            listedFrom = number
            if mayGuess { return FD(number: number, name: name.set(number), isGuess: true) }
        }
        if let first = listedFrom {
            listedFrom = nil
            least = first
            reader.rewind()
            try directory.seek(to: Self.offset(of: first))
        }
        while let entry = try reader.next(in: directory.number, through: files) {
            // Were there a procfs that does not go on where it is told to, nothing would be met twice.
            if let number = entry.number, number >= least {
                return FD(number: number, name: entry.name, isGuess: false)
            }
        }
        return nil
    }

    /// What the last one was: a BPF object, behind which there may be more.
    mutating func foundObject(_ fd: FD) {
        guard canGuess, reader.isUsedUp, fd.number < .max else { return }
        guess = fd.number + 1
    }

    /// The last one was something else; what is behind it is listed.
    mutating func foundOther(_ fd: FD) {
        if fd.isGuess, fd.number < .max { listedFrom = fd.number + 1 }
    }

    /// Where the entry of an fd is in the directories of fds: behind "." and "..", one place for each number.
    private static func offset(of fd: Int32) -> Int { Int(fd) + 2 }
}
