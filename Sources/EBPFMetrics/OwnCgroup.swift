package import KernelSources
import LinuxSystem

/// The cgroup to which memory is charged that this process causes, the kernel's own included: of every file that a scan
/// of processes looks at, something stays in the kernel's caches.
package struct OwnCgroup: Sendable, Equatable {
    /// The file that tells its kernel memory.
    package let file: String
    /// The key of the line in it; nil where it holds nothing but the number.
    package let key: String?

    /// That of this process. Found once: nobody moves a daemon about.
    static let own = find()

    private static func find() -> OwnCgroup? {
        guard let text = try? FileContents.text("/proc/self/cgroup"),
            let mounts = try? MountInfo.read("/proc/self/mountinfo", through: LiveFiles()),
            let (directory, isUnified) = directory(cgroup: text, mounts: mounts)
        else { return nil }
        return OwnCgroup(directory: directory, isUnified: isUnified)
    }

    package init(file: String, key: String?) {
        self.file = file
        self.key = key
    }

    /// That of a directory; nil for the root, whose numbers, where there are any, are those of the whole host.
    package init?(directory: String, isUnified: Bool) {
        // One of these files only the root has, the other it alone has not.
        let isRoot =
            isUnified
            ? (try? FileStatus.of("\(directory)/cgroup.events")) == nil
            : (try? FileStatus.of("\(directory)/cgroup.sane_behavior")) != nil
        if isRoot { return nil }
        if isUnified {
            // What version 2 calls `kernel` came with 5.18.
            self.init(file: "\(directory)/memory.stat", key: "kernel")
        } else {
            self.init(file: "\(directory)/memory.kmem.usage_in_bytes", key: nil)
        }
    }

    /// The directory of the cgroup that memory is charged to, and whether it is one of version 2.
    ///
    /// - Parameters:
    ///   - cgroup: `/proc/self/cgroup`.
    ///   - mounts: the mounts of this process.
    package static func directory(cgroup: String, mounts: [MountInfo]) -> (path: String, isUnified: Bool)? {
        var unified: Substring?
        for line in cgroup.split(separator: "\n") {
            // id : controllers : path, in which there may be colons.
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[1].split(separator: ",").contains("memory") {
                // Where version 1 has the controller, version 2 has it not.
                return place(of: fields[2], in: mounts) { $0.type == "cgroup" && $0.options.contains("memory") }
                    .map { ($0, false) }
            }
            if fields[0] == "0", fields[1].isEmpty { unified = fields[2] }
        }
        return unified.flatMap { place(of: $0, in: mounts) { $0.type == "cgroup2" } }.map { ($0, true) }
    }

    /// Where a path of the hierarchy is below one of its mounts: another may show a part in which it is not.
    private static func place(
        of path: Substring, in mounts: [MountInfo], where isOne: (MountInfo) -> Bool
    ) -> String? {
        mounts.lazy.filter(isOne).compactMap { place(of: path, in: $0) }.first
    }

    /// Where a path of the hierarchy is below a mount that may show only a part of it.
    private static func place(of path: Substring, in mount: MountInfo) -> String? {
        let root = String(decoding: mount.root, as: UTF8.self)
        let point = String(decoding: mount.mountPoint, as: UTF8.self)
        if path == root { return point }
        if root == "/" { return point + path }
        return path.hasPrefix(root + "/") ? point + path.dropFirst(root.utf8.count) : nil
    }

    /// Bytes of kernel memory; nil where they are not told.
    func kernelBytes() -> UInt64? {
        guard let text = try? FileContents.text(file) else { return nil }
        guard let key else { return UInt64(text) }
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) && $0.dropFirst(key.utf8.count).first == " " }
        return line.flatMap { UInt64($0.dropFirst(key.utf8.count + 1)) }
    }
}
