public import EBPFMetrics

/// OpenMetrics text, version 1.0.
///
/// What differs from Prometheus text: counters are named without `_total` and tell since when they count, an `_info` is
/// of type `info`, units are told where the name ends with them, and the page ends with `# EOF`.
public enum OpenMetricsText {
    /// Writes all metrics of a registry to `sink`, in pieces.
    public static func write(_ registry: MetricsRegistry, to sink: @escaping ([UInt8]) -> Void) {
        MetricsTextWriter.write(registry, as: .openMetrics, to: sink)
    }
}
