/// `enum bpf_map_type`.
public struct MapType: KernelEnum {
    /// The kernel's number.
    public let rawValue: UInt32

    /// Wraps a number, known or not.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// How a value without a name is introduced.
    public static var noun: String { "map_type" }

    /// The names in the order of the numbers, up to kernel 7.x.
    public static let names = [
        "unspec", "hash", "array", "prog_array", "perf_event_array", "percpu_hash", "percpu_array", "stack_trace",
        "cgroup_array", "lru_hash", "lru_percpu_hash", "lpm_trie", "array_of_maps", "hash_of_maps", "devmap",
        "sockmap", "cpumap", "xskmap", "sockhash", "cgroup_storage", "reuseport_sockarray", "percpu_cgroup_storage",
        "queue", "stack", "sk_storage", "devmap_hash", "struct_ops", "ringbuf", "inode_storage", "task_storage",
        "bloom_filter", "user_ringbuf", "cgrp_storage", "arena", "insn_array",
    ]

    /// `BPF_MAP_TYPE_HASH`.
    public static let hash = MapType(rawValue: 1)
    /// `BPF_MAP_TYPE_ARRAY`.
    public static let array = MapType(rawValue: 2)
    /// `BPF_MAP_TYPE_PROG_ARRAY`.
    public static let progArray = MapType(rawValue: 3)
}
