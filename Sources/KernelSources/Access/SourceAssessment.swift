public import KernelObjects
import LinuxSystem

/// What a source can see with the rights at hand, before it is run.
public struct SourceAssessment: Sendable, Equatable {
    /// The source.
    public let source: SourceKind
    /// In one word.
    public var verdict: Verdict
    /// Why not more. Empty when complete.
    public var limitations: [Limitation]
    /// What is lost by it, in one sentence; nil when nothing is.
    public var lost: String?
    /// What would mend it; nil when nothing would, or nothing is missing.
    public var grant: Grant?

    /// In one word.
    public enum Verdict: String, Sendable {
        /// Sees every object of its kind.
        case complete
        /// Sees some.
        case partial
        /// Sees none.
        case unavailable
    }

    init(
        _ source: SourceKind, _ verdict: Verdict, _ limitations: [Limitation] = [], lost: String? = nil,
        grant: Grant? = nil
    ) {
        self.source = source
        self.verdict = verdict
        self.limitations = limitations
        self.lost = lost
        self.grant = grant
    }
}

extension KernelAccess {
    /// Why bpf(2) cannot be reached; nil when it can.
    func whyBPFIsClosed() -> (limitation: Limitation, grant: Grant)? {
        let isFiltered = seccomp.value == .filter
        let filterGrant = Grant(
            advice:
                "let the seccomp profile allow bpf(2): a container runtime's default profile does when CAP_BPF or CAP_SYS_ADMIN is granted"
        )
        switch bpf.value {
        case .reachable: return nil
        case .kills:
            return (Limitation(.seccomp, "a seccomp filter kills whoever calls bpf(2)"), filterGrant)
        case .absent where isFiltered && unprivilegedBPFDisabled.value != nil:
            // The kernel has the sysctl, so it has bpf(2): it is the filter that answers.
            return (
                Limitation(.seccomp, "a seccomp filter answers ENOSYS to bpf(2), which this kernel has"), filterGrant
            )
        case .absent:
            return (
                Limitation(.noBPF, "this kernel has no bpf(2)"),
                Grant(advice: "use a kernel built with CONFIG_BPF_SYSCALL")
            )
        case .refused(let error) where isFiltered:
            return (Limitation(.seccomp, "a seccomp filter answers \(error) to bpf(2)"), filterGrant)
        case .refused(let error):
            if let kernel = kernel.value, !kernel.isAtLeast(5, 19), unprivilegedBPFDisabled.value != 0 {
                let capability: Capability = kernel.isAtLeast(5, 8) ? .bpf : .sysAdmin
                let limitation = Limitation(
                    .unprivilegedDisabled,
                    "kernel.unprivileged_bpf_disabled is set, and before 5.19 that closes all of bpf(2) to whom lacks \(capability)"
                )
                return (limitation, whyMissing(capability, to: "bpf(2)")?.grant ?? Grant(capabilities: [capability]))
            }
            return (
                Limitation(
                    .lsm,
                    "something answers \(error) to bpf(2), though no seccomp filter is set: a security module (\(moduleNames))"
                ),
                Grant(advice: "let the security module's policy allow bpf(2)")
            )
        case nil:
            return (Limitation(.unexpected, "whether bpf(2) can be reached is not known: \(bpf.evidence)"), Grant())
        }
    }

    /// Why a capability that is needed does not count; nil when it is effective where it has to be.
    func whyMissing(_ capability: Capability, to purpose: String) -> (limitation: Limitation, grant: Grant)? {
        if isInitialUserNamespace.value == false {
            return (
                Limitation(
                    .userNamespace,
                    "\(purpose) takes \(capability) in the initial user namespace, and this process is in another one, where its capabilities do not count"
                ),
                Grant(
                    capabilities: [capability], helpsBinary: false, helpsService: false,
                    advice: "run it outside of the user namespace (in Kubernetes: hostUsers: true)")
            )
        }
        guard has(capability) != true else { return nil }
        var advice: String?
        var helpsBinary = true
        if let sets = capabilities.value {
            if sets.permitted.contains(capability) {
                advice =
                    "\(capability) is permitted but not effective: raise it, or mark the binary's file capabilities effective (=ep)"
            } else if !sets.bounding.contains(capability) {
                // Such a binary would not even start any more.
                helpsBinary = false
                advice = "\(capability) is not in the bounding set: whoever starts this process has to leave it there"
            } else if noNewPrivs.value == true {
                helpsBinary = false
                advice = "no_new_privs is set, so file capabilities (setcap) give nothing: grant it to the process"
            }
        }
        return (
            Limitation(.missingCapability, "\(purpose) takes \(capability), which this process does not have"),
            Grant(capabilities: [capability], helpsBinary: helpsBinary, advice: advice)
        )
    }

    var moduleNames: String {
        securityModules.value.map { $0.joined(separator: ", ") } ?? "names unknown"
    }
}
