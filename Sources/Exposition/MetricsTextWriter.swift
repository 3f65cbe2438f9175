import EBPFMetrics
import KernelObjects

/// Writes metrics as lines of text: what Prometheus text and OpenMetrics have in common, and where they differ.
struct MetricsTextWriter: MetricVisitor {
    /// Which of the two it writes.
    enum Dialect {
        /// Prometheus text 0.0.4.
        case prometheus
        /// OpenMetrics 1.0.
        case openMetrics
    }

    private let dialect: Dialect
    private let prefix: String
    private let startedAt: Double
    private var output: OutputBuffer
    private var family: MetricFamily?
    private var familyName: [UInt8] = []
    /// What the names of samples have beside the family's.
    private var suffix: StaticString = ""

    /// Writes all metrics of a registry to `sink`, in pieces.
    static func write(_ registry: MetricsRegistry, as dialect: Dialect, to sink: @escaping ([UInt8]) -> Void) {
        var writer = MetricsTextWriter(
            dialect: dialect, prefix: registry.configuration.metricPrefix, startedAt: registry.startedAt,
            output: OutputBuffer(to: sink))
        registry.visit(&writer)
        if dialect == .openMetrics { writer.output.append("# EOF\n") }
        writer.output.flush()
    }

    private init(dialect: Dialect, prefix: String, startedAt: Double, output: OutputBuffer) {
        self.dialect = dialect
        self.prefix = prefix
        self.startedAt = startedAt
        self.output = output
    }

    mutating func begin(_ family: MetricFamily) {
        self.family = family
        familyName.removeAll(keepingCapacity: true)
        family.appendPrometheusName(prefix: prefix, to: &familyName)
        suffix = ""
        var type: StaticString
        switch family.kind {
        case .counter: type = "counter"
        // A sum that may fall is a gauge to Prometheus.
        case .upDownCounter, .gauge: type = "gauge"
        case .histogram: type = "histogram"
        }
        if dialect == .openMetrics {
            // There, these endings belong to the samples: the family's name is without.
            if family.kind == .counter {
                suffix = "_total"
                removeEnding("_total")
            } else if family.kind == .gauge, removeEnding("_info") {
                suffix = "_info"
                type = "info"
            }
        }
        begin("# HELP ")
        output.append(family.help)
        begin("\n# TYPE ")
        output.append(type)
        if dialect == .openMetrics, let unit {
            begin("\n# UNIT ")
            output.append(unit)
        }
        output.append(byte: 0x0A)
    }

    mutating func sample(_ number: MetricNumber, _ labels: [MetricLabel]) {
        guard let family else { return }
        appendNameAndLabels(suffix, labels)
        switch number {
        case .integer(let value): output.append(value)
        case .decimal(let value): output.append(value)
        }
        output.append(byte: 0x0A)
        if family.kind == .counter, !family.isCountedByKernel { created(labels) }
        output.flushIfLarge()
    }

    /// Writes a histogram's cumulative buckets, sum and count.
    mutating func histogram(_ histogram: DurationHistogram) {
        var below: UInt64 = 0
        for (index, count) in histogram.counts.enumerated() {
            below += count
            output.append(bytes: familyName)
            output.append("_bucket{le=\"")
            if index < DurationHistogram.bounds.count {
                let bound = DurationHistogram.bounds[index]
                output.append(bound)
                // OpenMetrics wants bounds to look like the numbers with fractions that they are.
                if dialect == .openMetrics, bound == bound.rounded() { output.append(".0") }
            } else {
                output.append("+Inf")
            }
            output.append("\"} ")
            output.append(below)
            output.append(byte: 0x0A)
        }
        appendNameAndLabels("_sum", [])
        output.append(histogram.sum)
        output.append(byte: 0x0A)
        appendNameAndLabels("_count", [])
        output.append(histogram.count)
        output.append(byte: 0x0A)
        created([])
    }

    // MARK: Parts

    private mutating func begin(_ text: StaticString) {
        output.append(text)
        output.append(bytes: familyName)
        output.append(byte: 0x20)
    }

    /// When counting began.
    private mutating func created(_ labels: [MetricLabel]) {
        guard dialect == .openMetrics else { return }
        appendNameAndLabels("_created", labels)
        output.append(startedAt)
        output.append(byte: 0x0A)
    }

    /// Takes an ending off the family's name, if it is there.
    @discardableResult
    private mutating func removeEnding(_ ending: StaticString) -> Bool {
        let isThere = familyName.ends(with: ending)
        if isThere { familyName.removeLast(ending.utf8CodeUnitCount) }
        return isThere
    }

    /// The unit, where the name ends with it: nothing else is allowed.
    private var unit: StaticString? {
        let units: [StaticString] = ["bytes", "seconds", "ms"]
        return units.first { unit in
            familyName.ends(with: unit)
                && familyName.dropLast(unit.utf8CodeUnitCount).last == UInt8(ascii: "_")
        }
    }

    private mutating func appendNameAndLabels(_ suffix: StaticString, _ labels: [MetricLabel]) {
        output.append(bytes: familyName)
        output.append(suffix)
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
    }

    private mutating func appendValue(_ value: MetricLabel.Value) {
        switch value {
        case .number(let number): output.append(number)
        // As text it is valid UTF-8, whatever the bytes are; the formats allow nothing else.
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

extension [UInt8] {
    fileprivate func ends(with text: StaticString) -> Bool {
        text.withUTF8Buffer { suffix($0.count).elementsEqual($0) }
    }
}
