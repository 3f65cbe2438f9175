import EBPFMetrics
import KernelObjects
import KernelSources
import LinuxSystem
import Settings
import TestSupport
import Testing

@testable import MetricsDaemon

/// Which capabilities are of use, by what can be seen and what is asked for.
@Suite struct PrivilegeReductionTests {
    private func needed(
        walksIDs: Bool, kernel: KernelVersion? = KernelVersion("6.12.0"), permitted: [Capability] = [],
        _ change: (inout Settings) -> Void = { _ in }
    ) -> [String] {
        var settings = Settings()
        change(&settings)
        var access = AccessProbe().probe()
        access.bpf = Observed(.reachable, by: "test")
        access.idWalk = walksIDs ? Observed(.allowed, by: "test") : Observed(.refused(.notPermitted), by: "test")
        let sets = CapabilitySet(permitted)
        access.capabilities = Observed(
            ProcessCapabilities(effective: sets, permitted: sets, bounding: sets, ambient: []), by: "test")
        if let kernel { access.kernel = Observed(kernel, by: "test") }
        return PrivilegeReduction.needed(settings, access).members.map(\.description)
    }

    @Test(.enabled(if: Rights.hasLibbpf, Rights.libbpfReason)) func whoWalksIDsKeepsThatAndTheFallbacks() {
        #expect(needed(walksIDs: true).contains("CAP_SYS_ADMIN"))
        #expect(Set(needed(walksIDs: true)).isSubset(of: ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"]))
    }

    @Test func whoMayNotWalkIDsHasNoUseForSysAdmin() {
        #expect(!needed(walksIDs: false).contains("CAP_SYS_ADMIN"))
        #expect(needed(walksIDs: false) { $0.holdsRunStatistics = true }.contains("CAP_SYS_ADMIN"))
    }

    @Test func theSourceThatIsAskedForDecides() {
        #expect(needed(walksIDs: true) { $0.collector.sources = [.bpffs] } == ["CAP_DAC_READ_SEARCH"])
        #expect(
            needed(walksIDs: true) { $0.collector.sources = [.procfs] } == ["CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"])
    }

    @Test(arguments: [
        ("5.4.0", [Capability.bpf, .sysAdmin], ["CAP_DAC_READ_SEARCH", "CAP_SYS_ADMIN"]),
        ("5.10.0", [.bpf, .sysAdmin], ["CAP_DAC_READ_SEARCH", "CAP_BPF"]),
        ("5.10.0", [.sysAdmin], ["CAP_DAC_READ_SEARCH", "CAP_SYS_ADMIN"]),
        ("5.19.0", [.bpf, .sysAdmin], ["CAP_DAC_READ_SEARCH"]),
    ])
    func oldKernelsNeedMore(_ kernel: String, _ permitted: [Capability], _ expected: [String]) {
        #expect(
            needed(walksIDs: true, kernel: KernelVersion(kernel), permitted: permitted) {
                $0.collector.sources = [.bpffs]
            } == expected)
    }

    @Test func lowPortsNeedMore() {
        let low = needed(walksIDs: true) {
            $0.collector.sources = [.bpffs]
            $0.web.listenAddresses = ["127.0.0.1:9944", "[::]:443"]
        }
        #expect(low == ["CAP_DAC_READ_SEARCH", "CAP_NET_BIND_SERVICE"])
    }

    @Test func whatAnotherConfigurationLacksIsKnown() {
        var access = AccessProbe().probe()
        access.bpf = Observed(.reachable, by: "test")
        access.idWalk = Observed(.refused(.notPermitted), by: "test")
        let reduction = PrivilegeReduction(
            kept: [], dropped: CapabilitySet([.sysAdmin]), obstacle: nil, access: access)
        var settings = Settings()
        settings.collector.sources = [.bpffs]
        #expect(reduction.lacking(settings) == [])
        settings.holdsRunStatistics = true
        #expect(reduction.lacking(settings) == CapabilitySet([.sysAdmin]))
    }

    @Test func theSummarySaysWhatIsLeft() {
        let sets = PrivilegeReduction(
            kept: CapabilitySet([.sysPtrace]), dropped: CapabilitySet([.sysAdmin, .setPCap]), obstacle: nil)
        #expect(sets.summary == "capabilities: CAP_SYS_PTRACE; 2 others were dropped")
        #expect(
            PrivilegeReduction(kept: [], dropped: [], obstacle: nil).summary
                == "capabilities: none; there was none to drop")
    }
}
