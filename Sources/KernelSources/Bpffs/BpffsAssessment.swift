import LinuxSystem

extension BpffsSource {
    /// What the source can see with these rights, why not more, and what would mend it.
    public func assess() -> SourceAssessment {
        let lost = "pins, and objects that are only pinned"
        guard access.bpffs.value != nil else {
            return SourceAssessment(
                kind, .unavailable,
                [Limitation(.unexpected, "whether a bpffs is mounted is not known (\(access.bpffs.evidence))")],
                lost: lost)
        }
        guard let mounts = access.bpffs.value, !mounts.isEmpty else {
            return SourceAssessment(
                kind, .unavailable, [Limitation(.noBpffs, "no bpffs is mounted here (\(access.bpffs.evidence))")],
                lost: lost,
                grant: Grant(needsBpffs: true, advice: "mount one: mount -t bpf bpf /sys/fs/bpf"))
        }
        var limitations: [Limitation] = []
        var grant = Grant()
        let refused = mounts.filter { $0.refusal != nil }
        for mount in refused {
            limitations.append(
                Limitation(
                    .filePermission, "\(mount.displayPath) cannot be listed: \(mount.refusal.map { "\($0)" } ?? "")"))
        }
        let isOwner = access.uid.value == 0 && access.isInitialUserNamespace.value == true
        if !isOwner, access.has(.dacReadSearch) != true {
            limitations.append(
                Limitation(
                    .filePermission, "pins and directories that are not readable to this user take CAP_DAC_READ_SEARCH")
            )
            grant = access.whyMissing(.dacReadSearch, to: "reading them")?.grant ?? grant
        }
        if mounts.contains(where: \.isReadOnly) {
            limitations.append(
                Limitation(.filePermission, "a bpffs is mounted read-only: pinned links can be counted, not opened"))
        }
        if let why = access.whyBPFIsClosed() {
            limitations.insert(why.limitation, at: 0)
            var both = why.grant
            both.capabilities += grant.capabilities
            return SourceAssessment(
                kind, refused.count == mounts.count ? .unavailable : .partial, limitations,
                lost: "what the pins are: they can only be counted", grant: both)
        }
        limitations.append(Limitation(.byNature, "only pinned objects are seen here"))
        return SourceAssessment(
            kind, refused.count == mounts.count ? .unavailable : .partial, limitations,
            lost: "objects that are not pinned", grant: grant == Grant() ? nil : grant)
    }
}
