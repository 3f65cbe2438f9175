internal import CoreMetrics
import KernelObjects

/// Shows the registry to a swift-metrics backend.
///
/// The registry has absolute values: gauges are set to them, and counters are moved by how much they grew since the last
/// report. Instruments of what is gone, or unknown now, are destroyed, so that no old value stays behind.
struct SwiftMetricsReporter: MetricVisitor {
    private let factory: any MetricsFactory
    private var instruments: [Key: Instrument] = [:]
    private var pass: UInt64 = 0
    private var prefix = ""
    private var family: MetricFamily?

    private struct Key: Hashable {
        let name: String
        let labels: [String]
    }

    private struct Instrument {
        let handler: Handler
        /// What was reported so far.
        var integer: UInt64 = 0
        var decimal = 0.0
        var lastPass: UInt64 = 0
    }

    private enum Handler {
        case counter(any CounterHandler)
        case decimalCounter(any FloatingPointCounterHandler)
        case gauge(any MeterHandler)
        case recorder(any RecorderHandler)
    }

    init(_ factory: any MetricsFactory) {
        self.factory = factory
    }

    mutating func report(_ registry: MetricsRegistry) {
        prefix = registry.configuration.metricPrefix
        pass += 1
        registry.visit(&self)
        for (key, instrument) in instruments where instrument.lastPass != pass {
            destroy(instrument.handler)
            instruments[key] = nil
        }
    }

    mutating func begin(_ family: MetricFamily) {
        self.family = family
    }

    mutating func sample(_ number: MetricNumber, _ labels: [MetricLabel]) {
        guard let family else { return }
        withInstrument(labels, { Self.handler(family, number, $0, $1, $2) }) { instrument in
            switch (instrument.handler, number) {
            case (.counter(let counter), .integer(let value)):
                if value < instrument.integer { counter.reset() }
                let growth = value < instrument.integer ? value : value - instrument.integer
                counter.increment(by: Int64(clamping: growth))
                instrument.integer = value
            case (.decimalCounter(let counter), .decimal(let value)):
                if value < instrument.decimal { counter.reset() }
                counter.increment(by: value < instrument.decimal ? value : value - instrument.decimal)
                instrument.decimal = value
            case (.gauge(let gauge), .integer(let value)): gauge.set(Int64(clamping: value))
            case (.gauge(let gauge), .decimal(let value)): gauge.set(value)
            default: break
            }
        }
    }

    mutating func histogram(_ histogram: DurationHistogram) {
        let make: (any MetricsFactory, String, [(String, String)]) -> Handler = {
            .recorder($0.makeRecorder(label: $1, dimensions: $2, aggregate: true))
        }
        withInstrument([], make) { instrument in
            guard case .recorder(let recorder) = instrument.handler else { return }
            // One collection a report: what the sum grew by is its value.
            if histogram.count > instrument.integer { recorder.record(histogram.sum - instrument.decimal) }
            instrument.integer = histogram.count
            instrument.decimal = histogram.sum
        }
    }

    private static func handler(
        _ family: MetricFamily, _ number: MetricNumber, _ factory: any MetricsFactory, _ name: String,
        _ dimensions: [(String, String)]
    ) -> Handler {
        switch (family.kind, number) {
        case (.counter, .integer): .counter(factory.makeCounter(label: name, dimensions: dimensions))
        case (.counter, .decimal):
            .decimalCounter(factory.makeFloatingPointCounter(label: name, dimensions: dimensions))
        default: .gauge(factory.makeMeter(label: name, dimensions: dimensions))
        }
    }

    private mutating func withInstrument(
        _ labels: [MetricLabel], _ make: (any MetricsFactory, String, [(String, String)]) -> Handler,
        _ body: (inout Instrument) -> Void
    ) {
        guard let family else { return }
        let name = family.openTelemetryName(prefix: prefix)
        let key = Key(name: name, labels: labels.map { "\($0.value)" })
        var instrument: Instrument
        if let known = instruments[key] {
            instrument = known
        } else {
            let dimensions = labels.map { ("\($0.name)", "\($0.value)") }
            instrument = Instrument(handler: make(factory, name, dimensions))
        }
        instrument.lastPass = pass
        body(&instrument)
        instruments[key] = instrument
    }

    private func destroy(_ handler: Handler) {
        switch handler {
        case .counter(let counter): factory.destroyCounter(counter)
        case .decimalCounter(let counter): factory.destroyFloatingPointCounter(counter)
        case .gauge(let gauge): factory.destroyMeter(gauge)
        case .recorder(let recorder): factory.destroyRecorder(recorder)
        }
    }
}
