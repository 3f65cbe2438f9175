import LinuxSystem

extension Errno {
    /// The error that a description such as `EPERM` or `errno 524` is of.
    init?(name: String) {
        // One without a name is written as its number.
        if name.hasPrefix("errno "), let number = Int32(name.dropFirst(6)), number > 0 {
            self.init(rawValue: number)
            return
        }
        guard let found = Self.names[name] else { return nil }
        self = found
    }

    private static let names: [String: Errno] = Dictionary(
        (1..<134).map { (Errno(rawValue: $0).description, Errno(rawValue: $0)) },
        uniquingKeysWith: { first, _ in first })
}
