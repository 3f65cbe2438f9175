public import LinuxSystem

/// The smallest thing that would let a source see more: told in the words of whoever has to grant it.
public struct Grant: Sendable, Equatable {
    /// Capabilities to give.
    public var capabilities: [Capability] = []
    /// Whether the pod has to share the host's PID namespace.
    public var needsHostPID = false
    /// Whether the host's bpffs has to be mounted into the container.
    public var needsBpffs = false
    /// What to do instead of, or beside, giving a capability: one sentence.
    public var advice: String?

    /// A grant.
    public init(
        capabilities: [Capability] = [], needsHostPID: Bool = false, needsBpffs: Bool = false, advice: String? = nil
    ) {
        self.capabilities = capabilities
        self.needsHostPID = needsHostPID
        self.needsBpffs = needsBpffs
        self.advice = advice
    }

    /// A line for the shell that gives the capabilities to a binary; nil when no capability is asked for.
    public func setcap(binary: String) -> String? {
        guard !capabilities.isEmpty else { return nil }
        let names = capabilities.map { $0.description.lowercased() }.joined(separator: ",")
        return "setcap \(names)=ep \(binary)"
    }

    /// Lines for the `[Service]` section of a systemd unit; nil when no capability is asked for.
    public var systemd: String? {
        guard !capabilities.isEmpty else { return nil }
        let names = capabilities.map(\.description).joined(separator: " ")
        return "AmbientCapabilities=\(names)\nCapabilityBoundingSet=\(names)"
    }

    /// YAML for a Kubernetes pod; nil when nothing in a pod's specification would help.
    public var kubernetes: String? {
        var lines: [String] = []
        if needsHostPID { lines.append("hostPID: true") }
        if !capabilities.isEmpty {
            // Kubernetes spells them without CAP_.
            let names = capabilities.map { String($0.description.dropFirst(4)) }.joined(separator: ", ")
            lines.append("securityContext:\n  runAsUser: 0\n  capabilities:\n    drop: [ALL]\n    add: [\(names)]")
        }
        if needsBpffs {
            lines.append(
                """
                volumes:
                - name: bpffs
                  hostPath: {path: /sys/fs/bpf}
                volumeMounts:
                - {name: bpffs, mountPath: /sys/fs/bpf, readOnly: true, mountPropagation: HostToContainer}
                """)
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}
