public import KernelObjects
internal import LinuxSystem
public import ObjectInventory

/// Walks the bpffs mounts: pins, and the objects behind them.
///
/// Read permission on a pin of a program or map is enough (`BPF_F_RDONLY`); a link takes write permission as well.
/// Up to kernel 5.18, bpf(2) must also be allowed at all: `kernel.unprivileged_bpf_disabled` 0, or CAP_BPF.
public struct BpffsSource: KernelSource {
    private let calls: any ObjectCalls
    let access: KernelAccess

    /// The source on this host.
    public init(access: KernelAccess) {
        self.init(calls: access.host.objects(for: .bpffs), access: access)
    }

    package init(calls: any ObjectCalls, access: KernelAccess) {
        self.calls = calls
        self.access = access
    }

    /// Which source this is.
    public var kind: SourceKind { .bpffs }

    /// Adds everything the source sees to the inventory.
    public func scan(into inventory: inout Inventory, _ context: ScanContext) -> ScanReport {
        ScanReport.timed(kind) { walk(into: &inventory, context, &$0) }
    }

    private func walk(into inventory: inout Inventory, _ context: ScanContext, _ report: inout ScanReport) {
        // Looked for anew: mounts come and go with containers.
        let found = BpffsMounts.find(access.paths, through: access.host.files)
        guard let mounts = found.mounts.value else {
            report.fail("the bpffs mounts are not known (\(found.mounts.evidence))")
            return
        }
        var walk = PinWalk(
            calls: calls, files: access.host.files, canOpen: access.bpf.value == .reachable, context: context)
        for mount in mounts {
            walk.run(mount, into: &inventory, &report)
            if report.outcome != .finished { break }
        }
        conclude(walk, found, &report)
    }

    private func conclude(_ walk: borrowing PinWalk, _ found: BpffsMounts.Found, _ report: inout ScanReport) {
        func limit(_ code: Limitation.Code, _ text: String) { report.limitations.append(Limitation(code, text)) }
        if walk.refusedDirectories > 0 {
            limit(
                .filePermission,
                "\(counted(walk.refusedDirectories, "directory", "directories")) of bpffs may not be listed")
        }
        if walk.unopenedPins > 0 {
            limit(.filePermission, "\(counted(walk.unopenedPins, "pin", "pins")) may not be opened")
        }
        if walk.lostBranches > 0 {
            limit(
                .noBpffs,
                "\(counted(walk.lostBranches, "directory", "directories")) of bpffs could not be entered: covered by another mount, or moved meanwhile"
            )
        }
        if walk.leftOut > 0 {
            limit(
                .deadline,
                "\(counted(walk.leftOut, "directory", "directories")) of bpffs were left out: too many in one place")
        }
        let unknown = found.processesOfUnknownMounts
        if unknown > 0 {
            limit(
                .mountNamespace,
                "the mounts of \(counted(unknown, "process", "processes")) could not be looked at: they may have a bpffs of their own"
            )
        }
        let showsAll = access.procfs.showsWholeHost.value == true && !access.procfs.isHiding(access)
        if !showsAll {
            limit(
                .mountNamespace,
                "not all processes of the host are shown here: those that are not may have a bpffs of their own")
        }
        if access.paths.bpffs != nil { limit(.sourceOption, "only the bpffs at the given path was walked") }
        let isWhole =
            report.outcome == .finished && report.errors == 0
            && walk.refusedDirectories + walk.lostBranches + walk.leftOut + unknown == 0
        if isWhole, showsAll, access.paths.bpffs == nil, found.mounts.value?.isEmpty == false {
            report.covered.insert(Coverage(.pins))
        }
    }
}
