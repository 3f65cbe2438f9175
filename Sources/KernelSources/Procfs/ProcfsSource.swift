public import KernelObjects
internal import LinuxSystem
public import ObjectInventory

/// Reads `/proc/PID/fdinfo` of every process: objects that somebody holds by file descriptor, and who.
///
/// Needs no BPF right at all. Another user's processes take CAP_SYS_PTRACE (up to kernel 5.13 CAP_DAC_READ_SEARCH
/// as well); one's own take nothing. Names and the maps of a program are not in fdinfo: they come from copies of the
/// fds (`pidfd_getfd(2)`, kernel 5.6) where the process ids are ours and the kernel allows it.
public struct ProcfsSource: KernelSource {
    private let calls: any ObjectCalls
    let access: KernelAccess
    /// Whether to read the fdinfo of links although this kernel may crash of it.
    private let allowsUnsafeLinkFDInfo: Bool
    /// Whether to copy fds of other processes (`pidfd_getfd(2)`) to learn names and maps.
    private let usesPidfdGetfd: Bool

    /// The source on this host.
    public init(access: KernelAccess, allowsUnsafeLinkFDInfo: Bool = false, usesPidfdGetfd: Bool = true) {
        self.init(
            calls: access.host.objects(for: .procfs), access: access, allowsUnsafeLinkFDInfo: allowsUnsafeLinkFDInfo,
            usesPidfdGetfd: usesPidfdGetfd)
    }

    package init(
        calls: any ObjectCalls, access: KernelAccess, allowsUnsafeLinkFDInfo: Bool = false, usesPidfdGetfd: Bool = true
    ) {
        self.calls = calls
        self.access = access
        self.allowsUnsafeLinkFDInfo = allowsUnsafeLinkFDInfo
        self.usesPidfdGetfd = usesPidfdGetfd
    }

    /// Whether reading the fdinfo of a link may crash this kernel, so that only what is known to be none is read.
    var isGuarded: Bool { access.linkFDInfoHazard.value != .absent && !allowsUnsafeLinkFDInfo }

    /// Whether fds can be copied: where the process ids are the ones that our calls take.
    var canCopy: Bool {
        usesPidfdGetfd && access.procfs.isOurPIDNamespace.value == true && access.pidfd.value == .reachable
    }

    /// Which source this is.
    public var kind: SourceKind { .procfs }

    /// Adds everything the source sees to the inventory.
    public func scan(into inventory: inout Inventory, _ context: ScanContext) -> ScanReport {
        ScanReport.timed(kind) { scan(into: &inventory, context, &$0) }
    }

    private func scan(into inventory: inout Inventory, _ context: ScanContext, _ report: inout ScanReport) {
        do throws(Errno) {
            let directory = try access.host.files.open(access.paths.procfs, .directory)
            var scan = ProcfsScan(
                procfs: directory, calls: calls, access: access, canCopy: canCopy,
                isGuarded: isGuarded, context: context)
            scan.run(into: &inventory, &report)
        } catch {
            if error.isRefusal {
                report.outcome = .refused(error)
            } else {
                report.fail("\(access.paths.procfs): \(error)")
            }
            report.limitations.append(Limitation(.noProcfs, "\(access.paths.procfs) cannot be opened: \(error)"))
        }
    }
}
