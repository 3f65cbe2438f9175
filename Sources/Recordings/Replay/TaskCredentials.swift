import KernelSources
import LinuxSystem

/// What decides who may look into a process: its ids and capabilities, from its status.
struct TaskCredentials {
    /// Real, effective, saved and file-system ids.
    var uids: [UInt32] = []
    var gids: [UInt32] = []
    var permitted = CapabilitySet(rawValue: UInt64.max)

    /// Understands a status text.
    init(_ text: [UInt8]) {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = line.split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }.map {
                String(decoding: $0, as: UTF8.self)
            }
            switch words.first {
            case "Uid:": uids = words.dropFirst().compactMap { UInt32($0) }
            case "Gid:": gids = words.dropFirst().compactMap { UInt32($0) }
            case "CapPrm:":
                permitted = CapabilitySet(rawValue: words.dropFirst().first.flatMap { UInt64($0, radix: 16) } ?? .max)
            default: break
            }
        }
    }

    /// Whether all but the file-system ids are the caller's.
    func belongs(to identity: Identity) -> Bool {
        uids.count == 4 && gids.count == 4 && uids[..<3].allSatisfy { $0 == identity.uid }
            && gids[..<3].allSatisfy { $0 == identity.uid }
    }
}
