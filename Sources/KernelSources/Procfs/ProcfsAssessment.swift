import LinuxSystem

extension ProcfsSource {
    /// What the source can see with these rights, why not more, and what would mend it.
    public func assess(_ access: KernelAccess) -> SourceAssessment {
        let procfs = access.procfs
        guard procfs.isReadable.value == true else {
            return SourceAssessment(
                kind, .unavailable, [Limitation(.noProcfs, "procfs cannot be read: \(procfs.isReadable.evidence)")],
                lost: "objects held by file descriptor, and who holds them",
                grant: Grant(advice: "mount a procfs, or name one with --path.procfs"))
        }
        var limitations: [Limitation] = []
        var grant = Grant()
        let processes = procfs.processes

        if procfs.isHiding(access) {
            let mode = procfs.hidepid.value.flatMap { $0 } ?? ""
            limitations.append(Limitation(.hidepid, "\(procfs.path) is mounted with hidepid=\(mode)"))
            grant = access.whyMissing(.sysPtrace, to: "seeing through hidepid")?.grant ?? grant
            grant.advice = grant.advice ?? "mounting \(procfs.path) without hidepid would do as well"
        }
        if procfs.isSubset.value == true {
            limitations.append(
                Limitation(
                    .procfsSubset,
                    "\(procfs.path) is mounted with subset=pid, so kernel settings and symbols cannot be read in it"))
        }
        if procfs.showsWholeHost.value != true {
            limitations.append(
                Limitation(
                    .pidNamespace, "\(procfs.path) shows the processes of one PID namespace, not those of the host"))
            grant.needsHostPID = true
        }
        if processes.refused > 0 {
            let tried =
                counted(processes.tried, "process", "processes") + (processes.isSample ? " that were tried" : "")
            limitations.append(
                Limitation(.otherProcesses, "\(processes.refused) of \(tried) refused to show file descriptors"))
            let right = Self.rightToLook(access)
            if let why = access.whyMissing(right, to: "looking into other users' processes") {
                limitations.append(why.limitation)
                grant.capabilities = why.grant.capabilities
                (grant.helpsBinary, grant.helpsService) = (why.grant.helpsBinary, why.grant.helpsService)
                grant.advice = why.grant.advice ?? grant.advice
            } else {
                limitations.append(
                    Limitation(
                        .lsm,
                        "\(right) did not help: the process is one it does not cover, or a security module (\(access.moduleNames)) forbids it"
                    ))
            }
        }
        // On a kernel that may crash, the links in fd/ decide what is read, and copies are what is read.
        let isGuarded = access.linkFDInfoHazard.value == .present
        let canCopy = access.pidfd.value == .reachable && procfs.isOurPIDNamespace.value == true
        let isShutOut = isGuarded && (!canCopy || processes.followable == 0)
        if isGuarded, !canCopy {
            limitations.append(
                Limitation(
                    .unsafeKernel,
                    "reading the fdinfo of a link may crash this kernel, so only copies of fds are looked at, and these cannot be made here (\(access.pidfd.evidence); process ids are \(procfs.isOurPIDNamespace.value == true ? "" : "not ")ours)"
                ))
        } else if isGuarded, processes.followable < processes.readable {
            limitations.append(
                Limitation(
                    .unsafeKernel,
                    "reading the fdinfo of a link may crash this kernel, so processes are only looked into where the links in fd/ can be followed (\(access.linkFDInfoHazard.evidence))"
                ))
            grant.capabilities = [.sysPtrace, .dacReadSearch]
        }
        limitations.append(
            Limitation(.byNature, "only objects that some process holds by file descriptor are seen here"))
        let isBlind = processes.tried > 0 && processes.readable == 0 && !processes.isSample
        return SourceAssessment(
            kind, isBlind || isShutOut ? .unavailable : .partial, limitations,
            lost: processes.refused > 0 || procfs.isHiding(access) || isShutOut
                || processes.followable < processes.readable
                ? "objects held by processes that cannot be looked into, and who these are"
                : "objects that are only attached or pinned",
            grant: grant == Grant() ? nil : grant)
    }

    /// What looking into other users' processes takes: before 5.14 fdinfo is its owner's alone, and nothing else is asked.
    private static func rightToLook(_ access: KernelAccess) -> Capability {
        guard let kernel = access.kernel.value, !kernel.isAtLeast(5, 14) else { return .sysPtrace }
        return .dacReadSearch
    }
}
