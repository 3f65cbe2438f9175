import LinuxSystem

extension Errno {
    /// The error of a name such as `EPERM`, or of a number.
    init?(name: String) {
        if let number = Int32(name) {
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
