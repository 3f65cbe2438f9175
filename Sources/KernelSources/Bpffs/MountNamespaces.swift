import LinuxSystem

/// Looks for bpffs mounts outside of our own mount namespace: in containers, and, from inside of one, on the host.
///
/// Which mounts there are, anybody may read; telling namespaces apart, and walking there, takes the right to look into
/// the processes (CAP_SYS_PTRACE, or the same user).
enum MountNamespaces {
    /// The super blocks of type `bpf` that are mounted in other namespaces only, by paths through `/proc/PID/root`.
    ///
    /// - Parameter known: the devices of those that are mounted in ours.
    static func bpffsMounts(
        procfs: String, besides known: Set<String>, through files: any FileCalls
    ) -> (mounts: [BpffsMount], unreadable: Int) {
        var mounts: [BpffsMount] = []
        var (unreadable, unidentified) = (0, 0)
        guard let directory = try? files.open(procfs, .directory) else { return ([], 1) }
        var namespaces: Set<UInt64> = []
        if let own = try? files.status(of: "/proc/self/ns/mnt") { namespaces.insert(own.inode) }
        var devices = known
        var reader = DirectoryReader()
        var path = PathBuilder()
        while true {
            do throws(Errno) {
                guard let entry = try reader.next(in: directory.number, through: files) else { break }
                guard let pid = entry.number else { continue }
                do throws(Errno) {
                    let namespace = try namespace(of: pid, in: directory.number, &path, through: files)
                    if let namespace, namespaces.contains(namespace) { continue }
                    if namespace == nil { unidentified += 1 }
                    guard unidentified <= mostUnidentified else { throw Errno.accessDenied }
                    for mount in BpffsMounts.distinct(try MountInfo.read("\(procfs)/\(pid)/mountinfo", through: files))
                    {
                        guard let device = mount.device, devices.insert(device).inserted else { continue }
                        var mount = mount
                        mount.path = Array("\(procfs)/\(pid)/root".utf8) + mount.path
                        mount.isElsewhere = true
                        mounts.append(mount)
                    }
                    // Only now: had the process gone in between, another one has to show the namespace's mounts.
                    if let namespace { namespaces.insert(namespace) }
                } catch {
                    // A kernel thread mounts nothing for anybody to pin in, and what is gone has no mounts.
                    if error.isVanished || error == .invalidArgument { continue }
                    let stat = ProcessFiles.stat(of: pid, in: directory.number, &path, through: files)
                    if stat?.hasNoFiles != true { unreadable += 1 }
                }
            } catch {
                unreadable += 1
                break
            }
        }
        return (mounts, unreadable)
    }

    /// How many processes' mounts are read without knowing whether they are the same as others'.
    private static let mostUnidentified = 256

    /// The namespace's inode; nil when it may not be known.
    private static func namespace(
        of pid: Int32, in procfs: Int32, _ path: inout PathBuilder, through files: any FileCalls
    ) throws(Errno) -> UInt64? {
        do throws(Errno) {
            return try files.status(of: path.set(pid, "/ns/mnt"), at: procfs).inode
        } catch {
            guard error.isRefusal else { throw error }
            return nil
        }
    }
}
