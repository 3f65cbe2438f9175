public import KernelObjects

/// One metric: its name, what kind of number it is, and its unit, in OpenTelemetry's words.
public struct MetricFamily: Sendable {
    /// The name with dots, without the prefix: `ebpf.maps.total`.
    public let name: StaticString
    /// What kind of number.
    public let kind: Kind
    /// The unit in UCUM, empty when there is none.
    public let unit: StaticString
    /// One sentence.
    public let help: StaticString
    /// Whether the name begins with the prefix that the user may choose. What every program tells of itself does not.
    public var hasPrefix = true
    /// Whether the kernel counts, object by object, and not this process: then `MetricsRegistry.startedAt` is not when
    /// it began.
    public internal(set) var isCountedByKernel = false

    /// What kind of number a metric is.
    public enum Kind: Sendable {
        /// Only rises, from a start.
        case counter
        /// A sum that rises and falls. Set, never added to.
        case upDownCounter
        /// A value at a point in time.
        case gauge
        /// A distribution.
        case histogram
    }
}

extension MetricFamily {
    /// The name as OpenTelemetry has it: `odigos.ebpf.maps.total`.
    public func openTelemetryName(prefix: String) -> String {
        hasPrefix ? "\(prefix).\(name)" : "\(name)"
    }

    /// Appends the name that Prometheus knows it by: the prefix, and underscores for dots.
    public func appendPrometheusName(prefix: String, to bytes: inout [UInt8]) {
        if hasPrefix {
            bytes.append(contentsOf: prefix.utf8)
            bytes.append(UInt8(ascii: "_"))
        }
        name.withUTF8Buffer { name in
            for byte in name { bytes.append(byte == UInt8(ascii: ".") ? UInt8(ascii: "_") : byte) }
        }
    }
}

/// A label of a sample. Values stay what they are until somebody writes them: no text is made for a number or a name.
public struct MetricLabel: Sendable {
    /// The label's name.
    public let name: StaticString
    /// Its value.
    public let value: Value

    /// A value of a label.
    public enum Value: Sendable {
        /// A number.
        case number(UInt64)
        /// A kernel name.
        case name(KernelName)
        /// Some text.
        case text(String)
    }

    /// Pairs a name and a value.
    public init(_ name: StaticString, _ value: Value) {
        self.name = name
        self.value = value
    }
}

extension MetricLabel.Value: CustomStringConvertible {
    /// The value as text.
    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .name(let name): name.description
        case .text(let text): text
        }
    }
}

/// A number in a sample.
public enum MetricNumber: Sendable, Equatable {
    /// A whole number.
    case integer(UInt64)
    /// Any number.
    case decimal(Double)
}

/// Something that reads the registry: an exporter.
public protocol MetricVisitor {
    /// A metric begins; its samples follow. It may have none.
    mutating func begin(_ family: MetricFamily)
    /// One sample of the metric that began last.
    mutating func sample(_ number: MetricNumber, _ labels: [MetricLabel])
    /// The one sample of a histogram that began last.
    mutating func histogram(_ histogram: DurationHistogram)
}
