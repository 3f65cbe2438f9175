internal import LinuxSystem

/// Where the host's file systems are: elsewhere than usual in a container that has them under `/host`, and in a test.
public struct HostPaths: Sendable, Equatable {
    /// The procfs to look at processes in.
    public var procfs: String
    /// The sysfs to read kernel settings in.
    public var sysfs: String
    /// The one bpffs to walk; nil for every bpf mount in this process's mountinfo.
    public var bpffs: String?

    /// Paths, the usual ones by default.
    public init(procfs: String = "/proc", sysfs: String = "/sys", bpffs: String? = nil) {
        self.procfs = procfs
        self.sysfs = sysfs
        self.bpffs = bpffs
    }

    /// What is wrong with a path.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        /// One sentence with the path and what it was expected to be.
        public let description: String
    }

    /// Checks that each path that is not the usual one leads to a file system of its kind. What is missing at a usual
    /// place is for the sources to say.
    public func validate() throws(Problem) {
        let usual = HostPaths()
        if procfs != usual.procfs {
            try Self.check(procfs, .procfs, "a procfs", option: "--path.procfs", usual: "/proc or /host/proc")
        }
        if sysfs != usual.sysfs {
            try Self.check(sysfs, .sysfs, "a sysfs", option: "--path.sysfs", usual: "/sys or /host/sys")
        }
        if let bpffs { try Self.check(bpffs, .bpffs, "a bpffs", option: "--path.bpffs", usual: "/sys/fs/bpf") }
    }

    private static func check(
        _ path: String, _ type: FileSystemType, _ what: String, option: String, usual: String
    ) throws(Problem) {
        let found: FileSystemType
        do throws(Errno) {
            let files = LiveFiles()
            let directory = try files.open(path, .directory)
            found = try files.fileSystem(of: directory.number)
        } catch {
            throw Problem(
                description: "\(option) '\(path)' cannot be opened (\(error)); give \(what), such as \(usual)")
        }
        guard found == type else {
            throw Problem(description: "\(option) '\(path)' is not \(what); give one, such as \(usual)")
        }
    }
}
