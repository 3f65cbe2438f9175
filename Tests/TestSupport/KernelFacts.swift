import Foundation

/// What is known of a kernel, from its source and from measurements, that decides what a row of rights sees there.
/// Found out without the collector.
public struct KernelFacts: Sendable {
    /// The upstream version: 5.10.262.
    public let version: String
    private let numbers: [Int]
    /// Whether bpf(2) answers EPERM to whoever has neither CAP_BPF nor CAP_SYS_ADMIN: before 5.19 the sysctl
    /// `kernel.unprivileged_bpf_disabled` closes all of it, since then only making maps and programs.
    public let closesBPF: Bool
    /// Whether reading the fdinfo of a kprobe_multi link without cookies crashes it, or may do so.
    public let crashesOnLinkTexts: Bool

    /// - Parameters:
    ///   - release: the upstream version, and anything behind it.
    ///   - unprivilegedBPFDisabled: the sysctl.
    ///   - showsKprobeMulti: whether kallsyms has `bpf_kprobe_multi_show_fdinfo`.
    public init(release: String, unprivilegedBPFDisabled: Int = 0, showsKprobeMulti: Bool) {
        version = String(release.prefix { $0.isNumber || $0 == "." })
        let numbers = version.split(separator: ".").prefix(3).map { Int($0) ?? 0 }
        self.numbers = numbers
        closesBPF = Self.isBefore([5, 19], numbers) && unprivilegedBPFDisabled != 0
        crashesOnLinkTexts =
            showsKprobeMulti && !Self.isBefore([6, 17], numbers) && Self.isBefore([6, 19, 14], numbers)
    }

    /// Major and minor.
    public var series: String { numbers.prefix(2).map(String.init).joined(separator: ".") }

    /// Those of the running kernel.
    public static let here: KernelFacts = {
        func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
        return KernelFacts(
            release: text("/proc/sys/kernel/osrelease"),
            unprivilegedBPFDisabled: Int(text("/proc/sys/kernel/unprivileged_bpf_disabled").dropLast()) ?? 0,
            showsKprobeMulti: text("/proc/kallsyms").contains(" bpf_kprobe_multi_show_fdinfo\n"))
    }()

    /// Whether the memory of a hash without preallocation is that of its elements.
    public var countsElements: Bool { !Self.isBefore([6, 4], numbers) }

    /// Whether `stat(2)` of `/proc/PID/fd` tells how many files are open.
    public var countsOpenFiles: Bool { !Self.isBefore([6, 2], numbers) }

    /// Whether fdinfo goes by who may trace the process. Before 5.14 it went by the file's permissions: 0400, the
    /// owner's.
    var guardsTextsByTracing: Bool { !Self.isBefore([5, 14], numbers) }

    /// Whether there is a handle of a thread (`PIDFD_THREAD`), and so copies of fds of a table of its own.
    var hasHandlesOfThreads: Bool { !Self.isBefore([6, 9], numbers) }

    private static func isBefore(_ other: [Int], _ numbers: [Int]) -> Bool { numbers.lexicographicallyPrecedes(other) }
}

extension PrivilegeRow {
    /// What is within reach on this kernel.
    func reach(on kernel: KernelFacts) -> Reach {
        if isComplete { return .all }
        var reach = reach
        if !kernel.guardsTextsByTracing {
            reach.remove(.descriptors)
            if readsOwnersFiles { reach.insert(.descriptors) }
        } else if kernel.crashesOnLinkTexts, !readsOwnersFiles {
            // What is no link cannot be told beforehand where `fd` is closed, so nothing is read.
            reach.remove(.descriptors)
        }
        if kernel.closesBPF, !hasBPF { reach.subtract([.pins, .linkPins]) }
        return reach
    }

    /// Whether the kernel tells an object that is within reach in full: its name, and the maps of a program. The text
    /// of a held fd has neither; a copy of the fd takes tracing the process, and asking about it takes bpf(2).
    func tellsInFull(_ object: JSON, on kernel: KernelFacts) -> Bool {
        switch object["held_by"].string {
        case "fd", "thread":
            if isComplete { return true }
            let isTraceable = self.reach.contains(.descriptors)
            let hasHandle = object["held_by"].string == "fd" || kernel.hasHandlesOfThreads
            return isTraceable && hasHandle && (hasBPF || !kernel.closesBPF)
        default: return true
        }
    }
}

extension PrivilegeRow.Reach {
    /// Whether an object of the manifest is within reach.
    func covers(_ object: JSON) -> Bool {
        switch object["held_by"].string {
        case "fd", "thread": return contains(.descriptors)
        case "attachment": return contains(.attachments)
        case "pin":
            if object["kind"].string == "link" { return contains(.linkPins) }
            return contains((object["pin_mode"].int ?? 0) & 0o004 != 0 ? .readablePins : .ownPins)
        default: return false
        }
    }
}
