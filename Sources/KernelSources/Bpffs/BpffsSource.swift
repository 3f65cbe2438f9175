public import KernelObjects
internal import LinuxSystem
public import ObjectInventory

/// Walks the bpffs mounts: pins, and the objects behind them.
///
/// Read permission on a pin of a program or map is enough (`BPF_F_RDONLY`); a link takes write permission as well.
/// Up to kernel 5.18, bpf(2) must also be allowed at all: `kernel.unprivileged_bpf_disabled` 0, or CAP_BPF.
public struct BpffsSource: KernelSource {
    private let calls: any ObjectCalls
    private let access: KernelAccess

    /// The source on this host.
    public init(access: KernelAccess) {
        self.init(calls: LiveObjectCalls(for: .bpffs), access: access)
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
        guard let mounts = access.bpffs.value else {
            report.fail("the bpffs mounts are not known (\(access.bpffs.evidence))")
            return
        }
        var walk = PinWalk(calls: calls, canOpen: access.bpf.value == .reachable, context: context)
        for mount in mounts {
            walk.run(mount, into: &inventory, &report)
            if report.outcome != .finished { break }
        }
        let skipped = report.skipped
        if walk.refusedDirectories > 0 {
            report.limitations.append(
                Limitation(
                    .filePermission,
                    "\(counted(walk.refusedDirectories, "directory", "directories")) of bpffs may not be listed"))
        }
        if walk.unopenedPins > 0 {
            report.limitations.append(
                Limitation(.filePermission, "\(counted(walk.unopenedPins, "pin", "pins")) may not be opened"))
        }
        if report.outcome == .finished, walk.refusedDirectories + walk.lostBranches == 0, skipped[.deadline] == 0,
            report.errors == 0
        {
            report.covered.insert(Coverage(.pins))
        }
    }
}
