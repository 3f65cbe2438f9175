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
            limitations.append(
                Limitation(
                    .hidepid, "\(procfs.path) is mounted with hidepid=\(procfs.hidepid.value.flatMap { $0 } ?? "")"))
            grant.capabilities = [.sysPtrace]
            grant.advice = "or mount \(procfs.path) without hidepid"
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
            limitations.append(
                Limitation(
                    .otherProcesses,
                    "\(processes.refused) of \(counted(processes.tried, "process", "processes"))\(processes.isSample ? " that were tried" : "") refused to show file descriptors"
                ))
            if let why = access.whyMissing(.sysPtrace, to: "looking into other users' processes") {
                limitations.append(why.limitation)
                grant.capabilities = why.grant.capabilities
                grant.advice = why.grant.advice ?? grant.advice
            } else {
                limitations.append(
                    Limitation(
                        .lsm,
                        "CAP_SYS_PTRACE did not help: they are not dumpable in a way it covers, or a security module (\(access.moduleNames)) forbids it"
                    ))
            }
            if let kernel = access.kernel.value, !kernel.isAtLeast(5, 14), access.has(.dacReadSearch) != true {
                grant.capabilities.append(.dacReadSearch)
            }
        }
        let isGuarded = access.linkFDInfoHazard.value == .present
        if isGuarded, processes.followable < processes.readable {
            limitations.append(
                Limitation(
                    .unsafeKernel,
                    "reading the fdinfo of a link may crash this kernel, so processes are only looked into where the links in fd/ can be followed (\(access.linkFDInfoHazard.evidence))"
                ))
            grant.capabilities = [.sysPtrace, .dacReadSearch]
        }
        limitations.append(
            Limitation(.byNature, "only objects that some process holds by file descriptor are seen here"))
        let isBlind = processes.tried > 0 && processes.readable == 0
        return SourceAssessment(
            kind, isBlind ? .unavailable : .partial, limitations,
            lost: processes.refused > 0 || procfs.isHiding(access)
                ? "objects held by processes that cannot be looked into, and who these are"
                : "objects that are only attached or pinned",
            grant: grant == Grant() ? nil : grant)
    }
}
