public import KernelSources

/// How a kernel reckons the memlock of a map: the same map has another figure on another kernel.
public enum MemoryEstimator: String, Sendable {
    /// Pages charged to the user, to 5.10.
    case chargedPages = "charged_pages"
    /// An estimate from max_entries, 5.11 to 6.3.
    case estimate
    /// Each map type's own account, from 6.4.
    case mapMemUsage = "map_mem_usage"

    /// The way of a kernel.
    public init(_ kernel: KernelVersion) {
        self = kernel.isAtLeast(6, 4) ? .mapMemUsage : kernel.isAtLeast(5, 11) ? .estimate : .chargedPages
    }
}
