internal import EBPFMetrics
internal import KernelObjects
internal import KernelSources
public import LinuxSystem
public import Settings

/// Which capabilities a daemon goes on with, and what became of the others.
public struct PrivilegeReduction: Sendable {
    /// What the plan, its fallbacks and the settings may use, of what there was.
    public private(set) var kept: CapabilitySet
    /// What was there and is gone.
    public private(set) var dropped: CapabilitySet
    /// Why nothing was dropped; nil when it was.
    public private(set) var obstacle: String?
    /// What could be seen before.
    var access: KernelAccess?

    /// Drops, for good, what is not needed, and sets `no_new_privs`.
    ///
    /// The kernel does it for one thread: call it before there is a second. That it cannot be done is no error: the
    /// daemon then says so, and has what it had.
    public static func apply(_ settings: Settings) -> PrivilegeReduction {
        let access = AccessProbe(paths: settings.collector.paths)
            .probe(looksIntoProcesses: settings.collector.looksIntoProcesses)
        guard let permitted = access.capabilities.value?.permitted else {
            return PrivilegeReduction(
                kept: [], dropped: [], obstacle: "the capability sets are not known: \(access.capabilities.evidence)")
        }
        if settings.keepsCapabilities {
            return PrivilegeReduction(kept: permitted, dropped: [], obstacle: "keep_capabilities is set")
        }
        let kept = needed(settings, access).intersection(permitted)
        do throws(Errno) {
            try ProcessCapabilities.keep(only: kept)
        } catch {
            return PrivilegeReduction(kept: permitted, dropped: [], obstacle: "the kernel answers \(error)")
        }
        return PrivilegeReduction(kept: kept, dropped: permitted.subtracting(kept), obstacle: nil, access: access)
    }

    /// Drops everything but the right to listen where the settings say: for a daemon that looks at no host.
    package static func dropAll(but settings: Settings) -> PrivilegeReduction {
        let permitted = (try? ProcessCapabilities.current().permitted) ?? []
        let kept = settings.web.listensBelow1024 ? permitted.intersection(CapabilitySet([.netBindService])) : []
        do throws(Errno) {
            try ProcessCapabilities.keep(only: kept)
        } catch {
            return PrivilegeReduction(kept: permitted, dropped: [], obstacle: "the kernel answers \(error)")
        }
        return PrivilegeReduction(kept: kept, dropped: permitted.subtracting(kept), obstacle: nil)
    }

    /// What may be used by these settings with this access.
    static func needed(_ settings: Settings, _ access: KernelAccess) -> CapabilitySet {
        let plan = settings.collector.plan(access)
        var needed: [Capability] = []
        for source in plan.sources + plan.fallbacks {
            switch source {
            case .libbpf: needed.append(.sysAdmin)
            // Descriptors of others; before 5.14, on kernels with the hazard, and for directories of others also this.
            case .procfs: needed += [.sysPtrace, .dacReadSearch]
            // Pins of others.
            case .bpffs: needed.append(.dacReadSearch)
            }
        }
        // Before 5.19 a sysctl may close bpf(2) to whoever has neither.
        if let kernel = access.kernel.value, !kernel.isAtLeast(5, 19) {
            let hasBPF = access.capabilities.value?.permitted.contains(.bpf) == true
            needed.append(kernel.isAtLeast(5, 8) && hasBPF ? .bpf : .sysAdmin)
        }
        if settings.holdsRunStatistics { needed.append(.sysAdmin) }
        if settings.web.listensBelow1024 { needed.append(.netBindService) }
        return CapabilitySet(needed)
    }

    /// What other settings would need of what is gone.
    func lacking(_ settings: Settings) -> CapabilitySet {
        access.map { Self.needed(settings, $0).intersection(dropped) } ?? []
    }

    /// One sentence for the log and the landing page.
    public var summary: String {
        if let obstacle { return "capabilities were not reduced: \(obstacle)" }
        let names = kept.isEmpty ? "none" : kept.members.map(\.description).joined(separator: " ")
        let count = dropped.members.count
        return count == 0
            ? "capabilities: \(names); there was none to drop" : "capabilities: \(names); \(count) others were dropped"
    }
}

extension WebSettings {
    var listensBelow1024: Bool {
        listenAddresses.contains { $0.split(separator: ":").last.flatMap { Int($0) }.map { (1..<1024) ~= $0 } ?? false }
    }
}
