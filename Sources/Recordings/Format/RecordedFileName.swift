extension RecordedPath {
    /// The path as the name of a file in the folder; nil for one that had better not be a file's name.
    var fileName: String? {
        let isPlain = bytes.allSatisfy { byte in
            switch byte {
            case 0x2D...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true  // - . / digits, letters, _
            default: false
            }
        }
        let components = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        let isSafe = components.allSatisfy { !$0.isEmpty && $0.first != UInt8(ascii: ".") && $0.count < 200 }
        return isPlain && isSafe && bytes.count < 1000 ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
