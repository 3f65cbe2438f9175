import Logging
import Metrics

/// A backend for the example: it writes each value to the log. A real server has swift-prometheus or the like.
struct LoggedMetrics: MetricsFactory {
    let logger: Logger

    final class Instrument: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
        let logger: Logger
        let name: String

        init(_ logger: Logger, _ label: String, _ dimensions: [(String, String)]) {
            self.logger = logger
            name = label + dimensions.map { " \($0)=\($1)" }.joined()
        }

        func log(_ value: Double) { logger.info("\(name): \(value)") }
        func increment(by value: Int64) { if value != 0 { log(Double(value)) } }
        func increment(by value: Double) { log(value) }
        func decrement(by value: Double) { log(-value) }
        func set(_ value: Int64) { log(Double(value)) }
        func set(_ value: Double) { log(value) }
        func record(_ value: Int64) { log(Double(value)) }
        func record(_ value: Double) { log(value) }
        func recordNanoseconds(_ value: Int64) { log(Double(value) / 1e9) }
        func reset() {}
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Instrument(logger, label, dimensions)
    }
    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        Instrument(logger, label, dimensions)
    }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        Instrument(logger, label, dimensions)
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Instrument(logger, label, dimensions)
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
