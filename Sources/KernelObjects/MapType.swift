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

    /// Whether the memory of a map of this type never changes after its creation. Told for those types alone of which
    /// it is known, on all kernels: their elements are there from the beginning, or they have none.
    ///
    /// - Parameter flags: the map's `BPF_F_*`: with `BPF_F_NO_PREALLOC` a hash grows with its elements.
    public func hasConstantMemory(flags: UInt32) -> Bool {
        switch name {
        case "hash", "percpu_hash", "hash_of_maps": flags & Self.noPrealloc == 0
        case "array", "percpu_array", "prog_array", "perf_event_array", "cgroup_array", "array_of_maps", "lru_hash",
            "lru_percpu_hash", "queue", "stack", "stack_trace", "bloom_filter", "ringbuf", "user_ringbuf":
            true
        default: false
        }
    }

    /// `BPF_F_NO_PREALLOC`.
    private static let noPrealloc: UInt32 = 1
}
