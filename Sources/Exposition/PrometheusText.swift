public import EBPFMetrics
import KernelObjects

/// Writes the registry as Prometheus text, version 0.0.4.
public struct PrometheusText: MetricVisitor {
    private var output: OutputBuffer
    private let prefix: String
    private var family: MetricFamily?

    /// Writes all metrics of a registry to `sink`, in pieces.
    public static func write(_ registry: MetricsRegistry, to sink: @escaping ([UInt8]) -> Void) {
        var writer = PrometheusText(prefix: registry.configuration.metricPrefix, output: OutputBuffer(to: sink))
        registry.visit(&writer)
        writer.output.flush()
    }

    private init(prefix: String, output: OutputBuffer) {
        self.prefix = prefix
        self.output = output
    }

    /// Writes a metric's HELP and TYPE.
    public mutating func begin(_ family: MetricFamily) {
        self.family = family
        output.append("# HELP ")
        appendName(family)
        output.append(byte: 0x20)
        output.append(family.help)
        output.append("\n# TYPE ")
        appendName(family)
        switch family.kind {
        case .counter: output.append(" counter\n")
        // A sum that may fall is a gauge to Prometheus.
        case .upDownCounter, .gauge: output.append(" gauge\n")
        case .histogram: output.append(" histogram\n")
        }
    }

    /// Writes one line.
    public mutating func sample(_ number: MetricNumber, _ labels: [MetricLabel]) {
        guard let family else { return }
        appendName(family)
        if !labels.isEmpty {
            output.append(byte: UInt8(ascii: "{"))
            for (index, label) in labels.enumerated() {
                if index > 0 { output.append(byte: UInt8(ascii: ",")) }
                output.append(label.name)
                output.append("=\"")
                appendValue(label.value)
                output.append(byte: UInt8(ascii: "\""))
            }
            output.append(byte: UInt8(ascii: "}"))
        }
        output.append(byte: 0x20)
        append(number)
        output.append(byte: 0x0A)
        output.flushIfLarge()
    }

    /// Writes a histogram's cumulative buckets, sum and count.
    public mutating func histogram(_ histogram: DurationHistogram) {
        guard let family else { return }
        var below: UInt64 = 0
        for (index, count) in histogram.counts.enumerated() {
            below += count
            appendName(family)
            output.append("_bucket{le=\"")
            if index < DurationHistogram.bounds.count {
                output.append(DurationHistogram.bounds[index])
            } else {
                output.append("+Inf")
            }
            output.append("\"} ")
            output.append(below)
            output.append(byte: 0x0A)
        }
        appendName(family)
        output.append("_sum ")
        output.append(histogram.sum)
        output.append(byte: 0x0A)
        appendName(family)
        output.append("_count ")
        output.append(histogram.count)
        output.append(byte: 0x0A)
    }

    private mutating func appendName(_ family: MetricFamily) {
        output.append(text: prefix)
        output.append(byte: UInt8(ascii: "_"))
        family.name.withUTF8Buffer { name in
            for byte in name { output.append(byte: byte == UInt8(ascii: ".") ? UInt8(ascii: "_") : byte) }
        }
    }

    private mutating func append(_ number: MetricNumber) {
        switch number {
        case .integer(let value): output.append(value)
        case .decimal(let value): output.append(value)
        }
    }

    private mutating func appendValue(_ value: MetricLabel.Value) {
        switch value {
        case .number(let number): output.append(number)
        case .name(let name): appendEscaped(name.description.utf8)
        case .text(let text): appendEscaped(text.utf8)
        }
    }

    private mutating func appendEscaped(_ text: some Sequence<UInt8>) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\\"): output.append("\\\\")
            case UInt8(ascii: "\""): output.append("\\\"")
            case 0x0A: output.append("\\n")
            default: output.append(byte: byte)
            }
        }
    }
}
