import LinuxSystem

extension IDEnumerationSource {
    /// What the source can see with these rights, why not more, and what would mend it.
    public func assess() -> SourceAssessment {
        let lost =
            "objects that no process holds by file descriptor and that have no readable pin: those that are only attached"
        func unavailable(_ why: (limitation: Limitation, grant: Grant)) -> SourceAssessment {
            SourceAssessment(kind, .unavailable, [why.limitation], lost: lost, grant: why.grant)
        }
        switch access.idWalk.value {
        case .allowed:
            return SourceAssessment(kind, .complete)
        case .notBuiltIn:
            return unavailable(
                (
                    Limitation(.notBuiltIn, "this program was built without libbpf"),
                    Grant(advice: "build it with the Libbpf trait, which is on by default and needs libbpf-dev")
                ))
        case .unreachable, nil:
            // Where only a capability opens bpf(2), ask at once for the one that walking ids takes.
            if access.whyBPFIsClosed()?.limitation.code == .unprivilegedDisabled,
                let why = access.whyMissing(.sysAdmin, to: "walking ids")
            {
                return unavailable(why)
            }
            return unavailable(
                access.whyBPFIsClosed()
                    ?? (Limitation(.unexpected, "walking ids was not tried: \(access.idWalk.evidence)"), Grant()))
        case .refused(let error):
            if let why = access.whyMissing(.sysAdmin, to: "walking ids") { return unavailable(why) }
            return unavailable(
                (
                    Limitation(
                        .lsm,
                        "walking ids was refused with \(error) in spite of CAP_SYS_ADMIN: a security module (\(access.moduleNames))"
                    ),
                    Grant(advice: "let the security module's policy allow bpf(2) to this process")
                ))
        }
    }
}
