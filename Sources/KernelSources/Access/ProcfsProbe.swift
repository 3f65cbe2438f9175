import LinuxSystem

/// Finds out what of a procfs can be seen.
struct ProcfsProbe {
    let path: String
    let own: OwnProcess
    /// Whether our own PID namespace is the host's.
    let isInitialPIDNamespace: Bool?
    let files: any FileCalls
    /// Whether it is a host and no recording.
    let isLive: Bool
    /// How many processes are tried: enough to know, few enough to cost nothing on a host with thousands.
    private static let sampleSize = 512

    func probe() -> ProcfsAccess {
        let mount = mountOptions()
        let isOurs = isOurPIDNamespace()
        return ProcfsAccess(
            path: path,
            isReadable: isReadable(),
            hidepid: mount.map { options in options.first { $0.hasPrefix("hidepid=") }.map { String($0.dropFirst(8)) }
            },
            isSubset: mount.map { $0.contains("subset=pid") },
            isOurPIDNamespace: isOurs,
            showsWholeHost: showsWholeHost(isOurs: isOurs.value == true),
            processes: tryProcesses()
        )
    }

    private func isReadable() -> Observed<Bool> {
        do throws(Errno) {
            let directory = try files.open(path, .directory)
            var reader = DirectoryReader(capacity: 4096)
            _ = try reader.next(in: directory.number, through: files)
            return Observed(true, by: path)
        } catch {
            return Observed(false, by: "\(path): \(error)")
        }
    }

    /// The options of the topmost mount at this path, or of the longest path above it.
    private func mountOptions() -> Observed<[String]> {
        let source = "/proc/self/mountinfo"
        do throws(Errno) {
            let mounts = try MountInfo.read(source, through: files)
            var point = Array(path.utf8)
            while point.count > 1, point.last == 0x2F { point.removeLast() }
            guard let mount = mounts.last(where: { $0.mountPoint == point && $0.type == "proc" }) else {
                return .unknown(by: "\(path) is no mount point in \(source)")
            }
            return Observed(mount.options, by: source)
        } catch {
            return .unknown(by: "\(source): \(error)")
        }
    }

    /// Under `self` we find ourselves, with the one id that we have: then its ids are the ones our calls take.
    private func isOurPIDNamespace() -> Observed<Bool> {
        let status = ProcessStatus.read("\(path)/self/status", through: files)
        guard let pids = status.value?.namespacePIDs, !pids.isEmpty else {
            // `self` leads nowhere in the procfs of a namespace that does not hold us.
            return Observed(false, by: status.evidence)
        }
        return Observed(pids == [own.pid], by: "NSpid in \(status.evidence)")
    }

    /// Only in the initial PID namespace process 2 is the parent of all kernel threads. Where hidepid hides it, our own
    /// namespace tells.
    private func showsWholeHost(isOurs: Bool) -> Observed<Bool> {
        if isOurs, let isInitialPIDNamespace {
            return Observed(isInitialPIDNamespace, by: "it is that of our own PID namespace")
        }
        let stat = "\(path)/2/stat"
        do throws(Errno) {
            let bytes = try FileContents.read(stat, through: files)
            guard let parsed = ProcessStat(bytes.span) else { return .unknown(by: "\(stat) makes no sense") }
            return Observed(parsed.isKernelThread, by: "PF_KTHREAD in \(stat)")
        } catch {
            return Observed(false, by: "\(stat): \(error)")
        }
    }

    private func tryProcesses() -> ProcfsAccess.Trial {
        var trial = ProcfsAccess.Trial()
        guard let directory = try? files.open(path, .directory) else { return trial }
        var reader = DirectoryReader()
        var name = PathBuilder()
        while let entry = try? reader.next(in: directory.number, through: files) {
            guard let pid = entry.number, pid != own.pid else { continue }
            if trial.tried >= Self.sampleSize {
                trial.isSample = true
                break
            }
            tryProcess(pid, in: directory.number, &name, &trial)
        }
        return trial
    }

    private func tryProcess(
        _ pid: Int32, in directory: Int32, _ name: inout PathBuilder, _ trial: inout ProcfsAccess.Trial
    ) {
        if hasNoFiles(pid, in: directory, &name) { return }
        do throws(Errno) {
            _ = try files.open(name.set(pid, "/fdinfo"), at: directory, .directory)
            trial.tried += 1
            trial.readable += 1
            if try files.status(of: name.set(pid), at: directory).owner != own.uid { trial.readableOfOthers += 1 }
            if isFollowable(pid, in: directory, &name) { trial.followable += 1 }
        } catch {
            guard error.isRefusal else { return }
            trial.tried += 1
            trial.refused += 1
        }
    }

    /// Whether it is a kernel thread, a zombie, or gone. What has no memory has no program to lead to, either; where the
    /// link is closed, `stat` tells, which takes a file to open and a text to make.
    private func hasNoFiles(_ pid: Int32, in directory: Int32, _ name: inout PathBuilder) -> Bool {
        if isLive {
            let target = withUnsafeTemporaryAllocation(byteCount: 16, alignment: 1) { buffer in
                Result { () throws(Errno) in
                    try files.readLink(name.set(pid, "/exe"), at: directory, into: buffer)
                }
            }
            switch target {
            case .success: return false
            case .failure(let error) where error.isVanished: return true
            case .failure: break
            }
        }
        return ProcessFiles.stat(of: pid, in: directory, &name, through: files)?.hasNoFiles ?? true
    }

    /// Whether `fd` can be listed and its links read: two different rights.
    private func isFollowable(_ pid: Int32, in directory: Int32, _ name: inout PathBuilder) -> Bool {
        do throws(Errno) {
            let fd = try files.open(name.set(pid, "/fd"), at: directory, .directory)
            var reader = DirectoryReader(capacity: 4096)
            guard let entry = try reader.next(in: fd.number, through: files) else { return true }
            if case .unreadable = FDLink.read(entry.name, at: fd.number, through: files) { return false }
            return true
        } catch {
            return false
        }
    }
}
