package import LinuxSystem

/// Keeps the run statistics of programs on for as long as this value lives (`BPF_ENABLE_STATS`).
///
/// Unlike the sysctl `kernel.bpf_stats_enabled` it cannot outlive a crash. Takes CAP_SYS_ADMIN; kernel 5.8; costs some
/// 70 ns for each run of a program.
package final class RunStatistics: Sendable {
    private let fd: FileDescriptor

    /// Switches them on.
    package init(on host: any Host) throws(Errno) {
        fd = try host.enableRunStatistics()
    }
}
