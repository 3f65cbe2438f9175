import KernelObjects
package import KernelSources
import LinuxSystem
public import Logging
import ObjectInventory

/// What this process may see of the host's eBPF objects, why not more, and what would mend it.
public struct DoctorReport: Sendable {
    /// A collection of all objects, made for the report.
    public let snapshot: Snapshot
    /// The diagnosis in one word.
    public let verdict: Verdict
    /// What the filter that is asked about makes of the programs that were seen.
    public let filter: FilterDiagnosis
    /// Everything that was looked up about host and process, with how it was learnt.
    public let findings: [Finding]

    /// The diagnosis in one word. The raw value is the exit status.
    public enum Verdict: Int32, Sendable {
        /// Every object can be seen.
        case complete = 0
        /// Some can.
        case partial = 1
        /// No source sees beyond this user's own processes.
        case blind = 2

        /// The word.
        public var name: String {
            switch self {
            case .complete: "complete"
            case .partial: "partial"
            case .blind: "blind"
            }
        }
    }

    /// One thing that was looked up.
    public struct Finding: Sendable {
        /// What.
        public let name: String
        /// What it is; nil when it could not be learnt.
        public let value: String?
        /// How it was learnt.
        public let evidence: String
    }

    /// Why a filter shows nothing, or little.
    public struct FilterDiagnosis: Sendable {
        /// The prefixes asked about.
        public let prefixes: [String]
        /// Programs that have one of them.
        public internal(set) var matched = 0
        /// Programs whose name is known and has none of them.
        public internal(set) var differing = 0
        /// Programs of unknown name.
        public internal(set) var unnamed = 0
        /// Some names that differ, for a start.
        public internal(set) var examples: [String] = []
    }

    /// Collects everything, and diagnoses from it.
    ///
    /// - Parameter configuration: the one in question: its paths and options are used, its filter is explained, and its
    ///   limits and profile do not matter.
    /// - Parameter maxMemoryBytes: the most that the collection may hold.
    public static func diagnose(
        _ configuration: CollectorConfiguration, logger: Logger,
        maxMemoryBytes: Int = CollectorConfiguration.all.maxMemoryBytes
    ) async -> DoctorReport {
        await diagnose(configuration, logger: logger, maxMemoryBytes: maxMemoryBytes, on: LiveHost())
    }

    /// The same of another host: of a recorded one.
    package static func diagnose(
        _ configuration: CollectorConfiguration, logger: Logger, maxMemoryBytes: Int, on host: any Host
    ) async -> DoctorReport {
        var everything = configuration
        everything.profile = .all
        everything.collectsHolders = true
        everything.collectsPins = true
        everything.programPrefixes = []
        everything.maxMemoryBytes = maxMemoryBytes
        everything.maxMapsToTrack = nil
        everything.maxProgramsToTrack = nil
        everything.enablesRunStatistics = false
        everything.keptRenderings = 0
        let collector = EBPFMetricsCollector(configuration: everything, logger: logger, metrics: nil, host: host)
        return DoctorReport(await collector.collect(), prefixes: configuration.programPrefixes)
    }

    /// Diagnoses from a collection of all objects.
    public init(_ snapshot: Snapshot, prefixes: [String]) {
        self.snapshot = snapshot
        filter = Self.diagnose(prefixes, snapshot.inventory.programs)
        findings = Self.findings(snapshot.access)
        let access = snapshot.access
        let opensPins = snapshot.inventory.pins.contains { if case .object = $0.content { true } else { false } }
        if snapshot.complete.isSuperset(of: .objects) {
            verdict = .complete
        } else if access.idWalk.value == .allowed || access.procfs.seesOthers(access) || opensPins {
            verdict = .partial
        } else {
            verdict = .blind
        }
    }

    private static func diagnose(_ prefixes: [String], _ programs: [BPFProgram]) -> FilterDiagnosis {
        var result = FilterDiagnosis(prefixes: prefixes)
        for program in programs {
            guard let name = program.name else {
                result.unnamed += 1
                continue
            }
            if prefixes.isEmpty || prefixes.contains(where: { name.hasPrefix($0) }) {
                result.matched += 1
            } else {
                result.differing += 1
                let text = name.description
                if result.examples.count < 5, !name.isEmpty, !result.examples.contains(text) {
                    result.examples.append(text)
                }
            }
        }
        return result
    }

    // MARK: Findings

    private static func findings(_ access: KernelAccess) -> [Finding] {
        func finding<Value>(_ name: String, _ observed: Observed<Value>, _ text: (Value) -> String) -> Finding {
            Finding(name: name, value: observed.value.map(text), evidence: observed.evidence)
        }
        func yesNo(_ value: Bool) -> String { value ? "yes" : "no" }
        func number(_ value: Int) -> String { "\(value)" }
        let procfs = access.procfs
        let processes = procfs.processes
        var all = [
            finding("uid", access.uid) { "\($0)" },
            finding("effective capabilities", access.capabilities) { names($0.effective) },
            finding("permitted capabilities", access.capabilities) { names($0.permitted) },
            finding("bounding capabilities", access.capabilities) { names($0.bounding) },
            finding("ambient capabilities", access.capabilities) { names($0.ambient) },
            finding("file capabilities", access.fileCapabilities) { $0?.text ?? "none" },
            finding("initial user namespace", access.isInitialUserNamespace, yesNo),
            finding("initial PID namespace", access.isInitialPIDNamespace, yesNo),
            finding("seccomp", access.seccomp) { $0.name },
            finding("no_new_privs", access.noNewPrivs, yesNo),
            finding("kernel", access.kernel) { $0.description },
            finding("link fdinfo may crash the kernel", access.linkFDInfoHazard) { yesNo($0 == .present) },
            finding("bpf(2)", access.bpf, describe),
            finding("walking ids", access.idWalk) {
                switch $0 {
                case .allowed: "allowed"
                case .refused(let error): "refused with \(error)"
                case .unreachable: "not tried: bpf(2) cannot be reached"
                case .notBuiltIn: "not built in"
                }
            },
            finding("pidfd_getfd(2)", access.pidfd, describe),
            finding("kcmp(2)", access.kcmp, describe),
            finding("kernel.unprivileged_bpf_disabled", access.unprivilegedBPFDisabled, number),
            finding("kernel.bpf_stats_enabled", access.bpfStatsEnabled, number),
            finding("net.core.bpf_jit_harden", access.jitHarden, number),
            finding("net.core.bpf_jit_kallsyms", access.jitKallsyms, number),
            finding("kernel.kptr_restrict", access.kptrRestrict, number),
            finding("lockdown", access.lockdown) { $0 },
            finding("security modules", access.securityModules) { $0.joined(separator: ", ") },
            finding("kallsyms", access.kallsyms) { $0 ? "readable" : "not readable" },
            finding("procfs", procfs.isReadable) { $0 ? procfs.path : "not readable" },
            finding("procfs hidepid", procfs.hidepid) { $0 ?? "not set" },
            finding("procfs subset=pid", procfs.isSubset, yesNo),
            finding("procfs of our PID namespace", procfs.isOurPIDNamespace, yesNo),
            finding("procfs of the whole host", procfs.showsWholeHost, yesNo),
            Finding(
                name: "processes that show their fds",
                value:
                    "\(processes.readable) of \(processes.tried)\(processes.isSample ? " tried" : ""), \(processes.readableOfOthers) of them of other users",
                evidence: "opening \(procfs.path)/PID/fdinfo"),
        ]
        all.append(
            Finding(
                name: "processes of unknown mounts", value: "\(access.processesOfUnknownMounts)",
                evidence: "\(procfs.path)/PID/ns/mnt"))
        if let mounts = access.bpffs.value {
            for mount in mounts {
                all.append(
                    Finding(
                        name: "bpffs",
                        value: mount.displayPath
                            + (mount.options.isEmpty ? "" : " (\(mount.options.joined(separator: ",")))")
                            + (mount.refusal.map { ", cannot be listed: \($0)" } ?? ""),
                        evidence: access.bpffs.evidence))
            }
            if mounts.isEmpty {
                all.append(Finding(name: "bpffs", value: "none mounted", evidence: access.bpffs.evidence))
            }
        } else {
            all.append(Finding(name: "bpffs", value: nil, evidence: access.bpffs.evidence))
        }
        return all
    }

    private static func names(_ set: CapabilitySet) -> String {
        let members = set.members
        if members.isEmpty { return "none" }
        // A full set is longer than anybody reads.
        if members.count > 30 {
            let missing = (0...40).map(Capability.init(rawValue:)).filter { !set.contains($0) }
            return missing.isEmpty ? "all" : "all but " + missing.map(\.description).joined(separator: " ")
        }
        return members.map(\.description).joined(separator: " ")
    }

    private static func describe(_ reachability: CallReachability) -> String {
        switch reachability {
        case .reachable: "reachable"
        case .refused(let error): "refused with \(error)"
        case .absent: "not there"
        case .kills: "kills the caller"
        }
    }
}
