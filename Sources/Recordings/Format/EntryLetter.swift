import LinuxSystem

extension DirectoryReader.FileType {
    /// As `ls -l` begins a line.
    var letter: UInt8 {
        switch self {
        case .directory: UInt8(ascii: "d")
        case .regular: UInt8(ascii: "-")
        case .symbolicLink: UInt8(ascii: "l")
        case .unknown: UInt8(ascii: "?")
        }
    }

    init?(letter: UInt8) {
        guard let type = [Self.directory, .regular, .symbolicLink, .unknown].first(where: { $0.letter == letter })
        else {
            return nil
        }
        self = type
    }
}
