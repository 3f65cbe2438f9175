#if OTLP
    internal import EBPFMetrics
    internal import KernelObjects

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
