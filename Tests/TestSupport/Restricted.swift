import Foundation
import Glibc

/// The collector as somebody with fewer rights runs it.
public struct Restricted: Sendable {
    /// The collector, copied to where everybody may run it.
    public let collector: Program
    private let folder: String

    /// Copies the collector, lends it, and takes it away.
    public static func with<Value>(_ body: (Restricted) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        chmod(folder, 0o755)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: Program.collectorPath, toPath: folder + "/ebpf-metrics")
        chmod(folder + "/ebpf-metrics", 0o755)
        return try body(Restricted(collector: Program(folder + "/ebpf-metrics"), folder: folder))
    }

    /// Runs a program as this user with exactly these capabilities, by their names without `cap_`.
    public static func setpriv(uid: Int, _ capabilities: [String] = []) -> Program {
        let set = (["-all"] + capabilities.map { "+\($0)" }).joined(separator: ",")
        return Program(
            "setpriv",
            [
                "--reuid=\(uid)", "--regid=\(uid)", "--clear-groups", "--inh-caps=\(set)", "--ambient-caps=\(set)",
                "--bounding-set=\(set)",
            ])
    }

    /// Nobody's uid, that of no other process here.
    public static let nobody = 65534

    /// Runs a program as root of a user namespace that nobody made.
    public static let userNamespaceRoot = Program("unshare", ["--user", "--map-root-user"]).under(setpriv(uid: nobody))

    /// Runs a program where bpf(2) is answered by a seccomp filter: `EPERM`, `ENOSYS` or `KILL`.
    public static func denyingBPF(_ answer: String) -> Program {
        Program(Program.workloadPath, ["--deny-bpf", answer, "--"])
    }

    /// Runs a program under a procfs with this option, and then under `next`.
    public static func procfs(_ option: String, then next: Program) -> Program {
        Program(
            "unshare", ["--mount", "sh", "-c", "mount -t proc -o \(option) proc /proc && exec \"$@\"", "sh"]
        ).with(next.words)
    }

    /// Runs a program in a PID namespace of its own with the procfs of it, and then under `next`.
    public static func pidNamespace(then next: Program) -> Program {
        Program("unshare", ["--pid", "--fork", "--mount-proc"]).with(next.words)
    }
}
