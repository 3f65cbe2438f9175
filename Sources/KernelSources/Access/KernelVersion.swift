/// A kernel release: its numbers in order, and the whole text.
public struct KernelVersion: Sendable, Comparable, CustomStringConvertible {
    /// The first number.
    public let major: Int
    /// The second number.
    public let minor: Int
    /// The third number, 0 when there is none.
    public let patch: Int
    /// The whole text, such as `6.12.48+deb13-amd64`.
    public let description: String

    /// Reads the numbers that a release begins with; nil when it begins with none.
    public init?(_ release: String) {
        var numbers: [Int] = []
        for part in release.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false) {
            guard let number = Int(part.prefix { $0.isASCII && $0.isNumber }) else { break }
            numbers.append(number)
            if !part.allSatisfy({ $0.isASCII && $0.isNumber }) { break }
        }
        guard numbers.count >= 2 else { return nil }
        major = numbers[0]
        minor = numbers[1]
        patch = numbers.count > 2 ? numbers[2] : 0
        description = release
    }

    /// Whether it is this release or a later one.
    public func isAtLeast(_ major: Int, _ minor: Int, _ patch: Int = 0) -> Bool {
        (self.major, self.minor, self.patch) >= (major, minor, patch)
    }

    /// By the numbers alone.
    public static func < (a: KernelVersion, b: KernelVersion) -> Bool {
        (a.major, a.minor, a.patch) < (b.major, b.minor, b.patch)
    }

    /// By the numbers alone.
    public static func == (a: KernelVersion, b: KernelVersion) -> Bool {
        (a.major, a.minor, a.patch) == (b.major, b.minor, b.patch)
    }
}
