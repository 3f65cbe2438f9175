/// `enum bpf_prog_type`.
public struct ProgramType: KernelEnum {
    /// The kernel's number.
    public let rawValue: UInt32

    /// Wraps a number, known or not.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// How a value without a name is introduced.
    public static var noun: String { "prog_type" }

    /// The names in the order of the numbers, up to kernel 7.x.
    public static let names = [
        "unspec", "socket_filter", "kprobe", "sched_cls", "sched_act", "tracepoint", "xdp", "perf_event", "cgroup_skb",
        "cgroup_sock", "lwt_in", "lwt_out", "lwt_xmit", "sock_ops", "sk_skb", "cgroup_device", "sk_msg",
        "raw_tracepoint", "cgroup_sock_addr", "lwt_seg6local", "lirc_mode2", "sk_reuseport", "flow_dissector",
        "cgroup_sysctl", "raw_tracepoint_writable", "cgroup_sockopt", "tracing", "struct_ops", "ext", "lsm",
        "sk_lookup", "syscall", "netfilter",
    ]

    /// `BPF_PROG_TYPE_SOCKET_FILTER`.
    public static let socketFilter = ProgramType(rawValue: 1)
    /// `BPF_PROG_TYPE_KPROBE`.
    public static let kprobe = ProgramType(rawValue: 2)
}
