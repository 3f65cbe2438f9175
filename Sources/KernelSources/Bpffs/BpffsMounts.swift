import LinuxSystem

/// Finds every bpffs that this process can walk to.
enum BpffsMounts {
    /// What was found.
    struct Found {
        var mounts: Observed<[BpffsMount]>
        /// Processes whose mounts cannot be looked at.
        var processesOfUnknownMounts = 0
    }

    /// The given bpffs; or every super block of type `bpf` in our own mountinfo and in those of other mount namespaces,
    /// each once.
    static func find(_ paths: HostPaths, through files: any FileCalls) -> Found {
        if let path = paths.bpffs {
            let mount = BpffsMount(path: Array(path.utf8), options: [], device: nil, isReadOnly: false, refusal: nil)
            return Found(mounts: Observed([tried(mount, through: files)], by: "--path.bpffs"))
        }
        let source = "/proc/self/mountinfo"
        do throws(Errno) {
            var mounts = distinct(try MountInfo.read(source, through: files))
            let others = MountNamespaces.bpffsMounts(
                procfs: paths.procfs, besides: Set(mounts.compactMap(\.device)), through: files)
            mounts += others.mounts
            return Found(
                mounts: Observed(
                    mounts.map { tried($0, through: files) }, by: "\(source) and \(paths.procfs)/PID/mountinfo"),
                processesOfUnknownMounts: others.unreadable)
        } catch {
            return Found(mounts: .unknown(by: "\(source): \(error)"))
        }
    }

    /// Whether the super block is still mounted where it was found; true when that cannot be told.
    static func isThere(_ mount: BpffsMount, through files: any FileCalls) -> Bool {
        guard !mount.isElsewhere, let device = mount.device,
            let mounts = try? MountInfo.read("/proc/self/mountinfo", through: files)
        else { return true }
        return mounts.contains { $0.type == "bpf" && $0.device == device }
    }

    /// One mount for each super block: the one that shows its top, where there is one.
    ///
    /// The file-system type decides, since the device name may say anything.
    static func distinct(_ mounts: [MountInfo]) -> [BpffsMount] {
        var chosen: [MountInfo] = []
        // Anybody can mount a hundred thousand of them in a namespace of their own: each is looked up, not searched for.
        var places: [String: Int] = [:]
        for mount in mounts where mount.type == "bpf" {
            // A bind mount of a deeper directory shows only a part of what a mount of the top shows.
            if let index = places[mount.device] {
                if mount.root.count < chosen[index].root.count { chosen[index] = mount }
            } else {
                places[mount.device] = chosen.count
                chosen.append(mount)
            }
        }
        return chosen.map {
            BpffsMount(
                path: $0.mountPoint, options: distinct($0.options), device: $0.device,
                isReadOnly: $0.isSuperBlockReadOnly, refusal: nil)
        }
    }

    /// The mount's options and the super block's repeat each other.
    private static func distinct(_ options: [String]) -> [String] {
        options.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static func tried(_ mount: BpffsMount, through files: any FileCalls) -> BpffsMount {
        var mount = mount
        do throws(Errno) {
            _ = try open(mount, through: files)
        } catch {
            mount.refusal = error
        }
        return mount
    }

    /// The top directory, opened for listing, and proved to be that bpffs: something else may be mounted over it.
    static func open(_ mount: BpffsMount, through files: any FileCalls) throws(Errno) -> FileDescriptor {
        let path = mount.path.map { CChar(bitPattern: $0) } + [0]
        // SAFETY: NUL-terminated above; an array is passed as a pointer for the time of the call.
        let directory = try files.open(path, .directory)
        guard try files.fileSystem(of: directory.number) == .bpffs else { throw Errno.notFound }
        if let device = mount.device, try files.status(of: directory.number).deviceName != device {
            throw Errno.notFound
        }
        return directory
    }
}
