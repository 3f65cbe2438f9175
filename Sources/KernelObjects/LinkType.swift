/// `enum bpf_link_type`.
public struct LinkType: KernelEnum {
    /// The kernel's number.
    public let rawValue: UInt32

    /// Wraps a number, known or not.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// How a value without a name is introduced.
    public static var noun: String { "link_type" }

    /// The names in the order of the numbers, up to kernel 7.x.
    public static let names = [
        "unspec", "raw_tracepoint", "tracing", "cgroup", "iter", "netns", "xdp", "perf_event", "kprobe_multi",
        "struct_ops", "netfilter", "tcx", "uprobe_multi", "netkit", "sockmap",
    ]

    /// `BPF_LINK_TYPE_CGROUP`.
    public static let cgroup = LinkType(rawValue: 3)
    /// `BPF_LINK_TYPE_PERF_EVENT`, which fdinfo prints as `perf`.
    public static let perfEvent = LinkType(rawValue: 7)
    /// `BPF_LINK_TYPE_STRUCT_OPS`: the one type that has a map instead of a program.
    public static let structOps = LinkType(rawValue: 9)
}
