#if OTLP
    public import EBPFMetrics
    internal import KernelObjects
    internal import SwiftProtobuf

    /// Prometheus' protobuf exposition: `MetricFamily` messages, each after its length. The format with native histograms.
    public enum PrometheusProtobuf {
        /// All metrics of a registry that have a sample.
        public static func bytes(of registry: MetricsRegistry) -> [UInt8] {
            var writer = Writer(prefix: registry.configuration.metricPrefix, start: registry.knownStart)
            registry.visit(&writer)
            writer.endFamily()
            return writer.bytes
        }

        /// Holds one family at a time.
        private struct Writer: MetricVisitor {
            let prefix: String
            let created: Google_Protobuf_Timestamp?
            var bytes: [UInt8] = []
            private var family: MetricFamily?
            private var message = PrometheusMetricFamily()

            init(prefix: String, start: Double?) {
                self.prefix = prefix
                created = start.map { start in
                    let seconds = start.rounded(.down)
                    return Google_Protobuf_Timestamp(seconds: Int64(seconds), nanos: Int32((start - seconds) * 1e9))
                }
            }

            mutating func begin(_ family: MetricFamily) {
                endFamily()
                self.family = family
                var name: [UInt8] = []
                family.appendPrometheusName(prefix: prefix, to: &name)
                message.name = String(decoding: name, as: UTF8.self)
                message.help = family.help.description
                switch family.kind {
                case .counter: message.type = .counter
                // A sum that may fall is a gauge to Prometheus.
                case .upDownCounter, .gauge: message.type = .gauge
                case .histogram: message.type = .histogram
                }
            }

            mutating func sample(_ number: MetricNumber, _ labels: [MetricLabel]) {
                guard let family else { return }
                var metric = PrometheusMetric()
                metric.label = labels.map { label in
                    var pair = PrometheusLabelPair()
                    pair.name = label.name.description
                    pair.value = label.value.text
                    return pair
                }
                if family.kind == .counter {
                    metric.counter.value = number.double
                    if let created, !family.isCountedByKernel { metric.counter.createdTimestamp = created }
                } else {
                    metric.gauge.value = number.double
                }
                message.metric.append(metric)
            }

            mutating func histogram(_ histogram: DurationHistogram) {
                var metric = PrometheusMetric()
                metric.histogram = PrometheusHistogram(histogram)
                if let created { metric.histogram.createdTimestamp = created }
                message.metric.append(metric)
            }

            /// Writes the family that has come to its end.
            mutating func endFamily() {
                defer { message = PrometheusMetricFamily() }
                guard !message.metric.isEmpty else { return }
                // Only required fields, of which there are none, can make this fail.
                guard let body: [UInt8] = try? message.serializedBytes() else { return }
                var length = UInt64(body.count)
                while length >= 0x80 {
                    bytes.append(UInt8(truncatingIfNeeded: length) | 0x80)
                    length >>= 7
                }
                bytes.append(UInt8(truncatingIfNeeded: length))
                bytes += body
            }
        }
    }

    extension PrometheusHistogram {
        /// The fixed buckets, and the native ones.
        init(_ histogram: DurationHistogram) {
            self.init()
            sampleCount = histogram.count
            sampleSum = histogram.sum
            var below: UInt64 = 0
            for (index, count) in histogram.counts.enumerated() {
                below += count
                var bucket = PrometheusBucket()
                bucket.cumulativeCount = below
                bucket.upperBound = index < DurationHistogram.bounds.count ? DurationHistogram.bounds[index] : .infinity
                self.bucket.append(bucket)
            }

            schema = histogram.native.schema
            zeroThreshold = NativeHistogram.zeroThreshold
            zeroCount = histogram.native.zeroCount
            // Runs of buckets side by side, each after the gap before it; counts as differences to the one before.
            var (next, previous): (Int32, Int64) = (0, 0)
            for bucket in histogram.native.buckets {
                if positiveSpan.isEmpty || bucket.index != next {
                    var span = PrometheusBucketSpan()
                    span.offset = bucket.index - next
                    positiveSpan.append(span)
                }
                positiveSpan[positiveSpan.count - 1].length += 1
                positiveDelta.append(Int64(bucket.count) - previous)
                (next, previous) = (bucket.index + 1, Int64(bucket.count))
            }
        }
    }
#endif
