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
    /// Whether giving the capabilities to the binary, or to a service, would help: not where something else keeps them
    /// from counting.
    public var helpsBinary = true
    /// The same for a service or pod that is started afresh.
    public var helpsService = true

    /// A grant.
    public init(
        capabilities: [Capability] = [], needsHostPID: Bool = false, needsBpffs: Bool = false,
        helpsBinary: Bool = true, helpsService: Bool = true, advice: String? = nil
    ) {
        self.capabilities = capabilities
        self.helpsBinary = helpsBinary
        self.helpsService = helpsService
        self.needsHostPID = needsHostPID
        self.needsBpffs = needsBpffs
        self.advice = advice
    }

    /// Asks for one more capability.
    mutating func add(_ capability: Capability) {
        if !capabilities.contains(capability) { capabilities.append(capability) }
    }

    /// A line for the shell that gives the capabilities to a binary; nil when no capability is asked for.
    public func setcap(binary: String) -> String? {
        guard !capabilities.isEmpty, helpsBinary else { return nil }
        let names = capabilities.map { $0.description.lowercased() }.joined(separator: ",")
        return "setcap \(names)=ep \(Self.quoted(binary))"
    }

    /// Lines for the `[Service]` section of a systemd unit; nil when no capability is asked for.
    public var systemd: String? {
        guard !capabilities.isEmpty, helpsService else { return nil }
        let names = capabilities.map(\.description).joined(separator: " ")
        return "AmbientCapabilities=\(names)\nCapabilityBoundingSet=\(names)"
    }

    /// YAML of a Kubernetes pod, to be merged into one's own; nil when nothing in it would help.
    public var kubernetes: String? {
        var pod: [String] = []
        var container: [String] = []
        if needsHostPID { pod.append("hostPID: true") }
        if !helpsService { pod.append("hostUsers: true") }
        if !capabilities.isEmpty {
            // Kubernetes spells them without CAP_.
            let names = capabilities.map { String($0.description.dropFirst(4)) }.joined(separator: ", ")
            container += ["securityContext:", "  runAsUser: 0", "  capabilities: {drop: [ALL], add: [\(names)]}"]
        }
        if needsBpffs {
            container += [
                "volumeMounts:",
                "- {name: bpffs, mountPath: /sys/fs/bpf, readOnly: true, mountPropagation: HostToContainer}",
            ]
            pod += ["volumes:", "- {name: bpffs, hostPath: {path: /sys/fs/bpf}}"]
        }
        if !container.isEmpty {
            pod += ["containers:", "- name: ebpf-metrics"] + container.map { "  " + $0 }
        }
        return pod.isEmpty ? nil : (["spec:"] + pod.map { "  " + $0 }).joined(separator: "\n")
    }

    /// A path as a shell takes it.
    private static func quoted(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isPlain
            ? path : "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
