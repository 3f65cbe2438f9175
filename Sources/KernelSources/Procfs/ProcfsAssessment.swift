import LinuxSystem

extension ProcfsSource {
    /// What the source can see with these rights, why not more, and what would mend it.
    public func assess() -> SourceAssessment {
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
            grant.add(rightToLook)
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
            if let why = access.whyMissing(rightToLook, to: "looking into other users' processes") {
                limitations.append(why.limitation)
                grant.add(rightToLook)
                // A kernel that may crash is looked at by the links in fd/, which are closed to whoever is not the owner.
                if isGuarded { grant.add(.dacReadSearch) }
                (grant.helpsBinary, grant.helpsService) = (why.grant.helpsBinary, why.grant.helpsService)
                grant.advice = why.grant.advice ?? grant.advice
            } else {
                limitations.append(
                    Limitation(
                        .lsm,
                        "\(rightToLook) did not help: the process is one it does not cover, or a security module (\(access.moduleNames)) forbids it"
                    ))
            }
        }
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
            grant.add(.sysPtrace)
            grant.add(.dacReadSearch)
        }
        if let why = access.whyBPFIsClosed() {
            let what =
                isGuarded
                ? "links are left alone, and names and the maps of programs" : "names, and the maps of programs,"
            limitations.append(Limitation(why.limitation.code, "\(what) are not learnt: \(why.limitation.text)"))
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
    private var rightToLook: Capability {
        guard let kernel = access.kernel.value, !kernel.isAtLeast(5, 14) else { return .sysPtrace }
        return .dacReadSearch
    }
}
