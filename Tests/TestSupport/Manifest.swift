import Foundation

/// What the workload says it made: JSON lines, the last of them `ready`.
public enum Manifest {
    /// The objects, and what the kernel did not offer.
    public static func objects(_ text: String) throws -> [JSON] {
        try text.split(separator: "\n").map { try JSON(Data($0.utf8)) }.filter { $0["kind"].string != "ready" }
    }
}

extension PrivilegeRow {
    /// What the workload is started with when rows are tried: something of every kind, held in every way.
    public static func workload(pinDirectory: String) -> [String] {
        [
            "--maps", "160", "--programs", "80", "--processes", "2", "--pin-dir", pinDirectory, "--attach", "--thread",
            "--links",
        ]
    }
}
