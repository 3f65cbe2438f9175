#if OTLP
    package import EBPFMetrics
    internal import KernelObjects

    extension MetricsRegistry {
        /// When counting began, in seconds since 1970; nil when that is not known any more: a clock that was set back
        /// since would make a start behind the end, and any other moment would be made up.
        package var knownStart: Double? { Self.knownStart(startedAt, lastCollection: last?.startedAt) }

        /// The same of two times.
        package static func knownStart(_ start: Double, lastCollection: Double?) -> Double? {
            lastCollection.map { start <= $0 } ?? true ? start : nil
        }
    }

    extension MetricNumber {
        var double: Double {
            switch self {
            case .integer(let value): Double(value)
            case .decimal(let value): value
            }
        }
    }

    extension MetricLabel.Value {
        /// As text: protobuf allows valid UTF-8 only, and a name of the kernel is made so.
        var text: String {
            switch self {
            case .number(let number): String(number)
            case .name(let name): name.description
            case .text(let text): text
            }
        }
    }
#endif
