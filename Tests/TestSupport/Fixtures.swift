public import Foundation

/// The fixture trees of this repository.
public enum Fixtures {
    /// The repository's top folder.
    public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The path of a fixture.
    public static func path(_ name: String) -> String {
        root.appending(path: "fixtures").appending(path: name).path
    }

    /// A fixture's bytes.
    public static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path(name))))
    }

    /// The rows of a table without titles, `-` for nothing.
    public static func table(_ name: String) throws -> [[String]] {
        String(decoding: try bytes(name), as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The kernels with a tree of their own.
    public static let kernels = ["5.10", "6.1", "6.12", "6.18", "6.18-kinds"]
}
