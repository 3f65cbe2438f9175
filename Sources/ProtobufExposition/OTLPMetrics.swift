#if OTLP
    public import EBPFMetrics
    internal import KernelObjects
    internal import SwiftProtobuf

    /// Metrics as OpenTelemetry's protocol sends them.
    public enum OTLPMetrics {
        /// An `ExportMetricsServiceRequest` with all metrics of a registry that have a sample; nil before the first
        /// collection.
        ///
        /// All sums are cumulative. They began when the registry did, but for those that the kernel counts by object: when
        /// these began is not known for every object, so it is left open, which the protocol allows. The time of every point
        /// is when the last collection began.
        public static func request(
            of registry: MetricsRegistry, resource: [(name: String, value: String)]
        ) -> [UInt8]? {
            guard let last = registry.last else { return nil }
            var writer = Writer(
                prefix: registry.configuration.metricPrefix, time: nanoseconds(last.startedAt),
                // 0 says that it is not known.
                start: registry.knownStart.map(nanoseconds) ?? 0)
            registry.visit(&writer)
            writer.endFamily()

            var scope = OTLPScopeMetrics()
            scope.scope.name = "swift-ebpf-metrics"
            scope.scope.version = BuildInfo.version
            scope.metrics = writer.metrics
            var all = OTLPResourceMetrics()
            all.resource.attributes = resource.map { OTLPKeyValue($0.name, .stringValue($0.value)) }
            all.scopeMetrics = [scope]
            var request = OTLPExportMetricsServiceRequest()
            request.resourceMetrics = [all]
            return try? request.serializedBytes()
        }

        /// What a backend refused of a request that it took.
        public struct PartialSuccess: Sendable, Equatable {
            /// How many points it refused.
            public let rejectedPoints: Int64
            /// Why, or a warning when it refused none.
            public let message: String
        }

        /// What an `ExportMetricsServiceResponse` has to say; nil when all is well, or when it is none.
        public static func partialSuccess(in response: [UInt8]) -> PartialSuccess? {
            guard let response = try? OTLPExportMetricsServiceResponse(serializedBytes: response) else { return nil }
            let partial = response.partialSuccess
            guard partial.rejectedDataPoints > 0 || !partial.errorMessage.isEmpty else { return nil }
            return PartialSuccess(rejectedPoints: partial.rejectedDataPoints, message: partial.errorMessage)
        }

        /// What a backend says of a request that it refused, in a `google.rpc.Status`; nil when it says nothing, or is none.
        public static func refusal(in response: [UInt8]) -> String? {
            guard let status = try? OTLPStatus(serializedBytes: response), !status.message.isEmpty else { return nil }
            return status.message
        }

        private static func nanoseconds(_ seconds: Double) -> UInt64 {
            UInt64(exactly: (seconds * 1e9).rounded()) ?? 0
        }

        private struct Writer: MetricVisitor {
            let prefix: String
            let time: UInt64
            let start: UInt64
            var metrics: [OTLPMetric] = []
            private var family: MetricFamily?
            private var points: [OTLPNumberDataPoint] = []
            private var distribution: OTLPHistogramDataPoint?

            init(prefix: String, time: UInt64, start: UInt64) {
                (self.prefix, self.time, self.start) = (prefix, time, start)
            }

            mutating func begin(_ family: MetricFamily) {
                endFamily()
                self.family = family
            }

            mutating func sample(_ number: MetricNumber, _ labels: [MetricLabel]) {
                guard let family else { return }
                var point = OTLPNumberDataPoint()
                point.attributes = labels.compactMap { label in
                    switch label.value {
                    case .number(let number): OTLPKeyValue(label.name.description, .intValue(Int64(clamping: number)))
                    case .name(let name): OTLPKeyValue(label.name.description, .stringValue(name.description))
                    // What is not known is not said.
                    case .text(let text):
                        text.isEmpty ? nil : OTLPKeyValue(label.name.description, .stringValue(text))
                    }
                }
                if family.kind != .gauge, !family.isCountedByKernel { point.startTimeUnixNano = start }
                point.timeUnixNano = time
                if case .integer(let value) = number, let whole = Int64(exactly: value) {
                    point.asInt = whole
                } else {
                    point.asDouble = number.double
                }
                points.append(point)
            }

            mutating func histogram(_ histogram: DurationHistogram) {
                var point = OTLPHistogramDataPoint()
                point.startTimeUnixNano = start
                point.timeUnixNano = time
                point.count = histogram.count
                point.sum = histogram.sum
                point.bucketCounts = histogram.counts
                point.explicitBounds = DurationHistogram.bounds
                distribution = point
            }

            /// Keeps the metric that has come to its end, if it has a sample.
            mutating func endFamily() {
                defer { (points, distribution) = ([], nil) }
                guard let family, !points.isEmpty || distribution != nil else { return }
                var metric = OTLPMetric()
                metric.name = family.openTelemetryName(prefix: prefix)
                metric.description_p = family.help.description
                metric.unit = family.unit.description
                switch family.kind {
                case .gauge: metric.gauge.dataPoints = points
                case .counter, .upDownCounter:
                    metric.sum.dataPoints = points
                    metric.sum.aggregationTemporality = .cumulative
                    metric.sum.isMonotonic = family.kind == .counter
                case .histogram:
                    metric.histogram.dataPoints = distribution.map { [$0] } ?? []
                    metric.histogram.aggregationTemporality = .cumulative
                }
                metrics.append(metric)
            }
        }
    }

    extension OTLPKeyValue {
        init(_ key: String, _ value: OTLPAnyValue.OneOf_Value) {
            self.init()
            self.key = key
            self.value.value = value
        }
    }
#endif
