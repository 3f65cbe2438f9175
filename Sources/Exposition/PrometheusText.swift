public import EBPFMetrics

/// Prometheus text, version 0.0.4.
public enum PrometheusText {
    /// Writes all metrics of a registry to `sink`, in pieces.
    public static func write(_ registry: MetricsRegistry, to sink: @escaping ([UInt8]) -> Void) {
        MetricsTextWriter.write(registry, as: .prometheus, to: sink)
    }
}
