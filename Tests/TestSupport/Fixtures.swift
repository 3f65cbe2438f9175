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

    /// The files of a folder by their names, without those in folders below it; none when there is no such folder.
    public static func files(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        guard FileManager.default.fileExists(atPath: path(folder)) else { return [] }
        let names = try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted()
        return try names.map { (name: $0, bytes: try bytes("\(folder)/\($0)")) }
    }

    /// What the fuzzer kept for a target, and what once broke it.
    public static func fuzzInputs(_ target: String) throws -> [(name: String, bytes: [UInt8])] {
        try files("fuzz/\(target)") + files("fuzz/crashes").filter { $0.name.hasPrefix(target + "-") }
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
