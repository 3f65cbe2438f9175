#if OTLP
    import EBPFMetrics
    import KernelObjects
    import ProtobufExposition
    import TestSupport
    import Testing

    /// The protobuf exposition, read by its field numbers as `io.prometheus.client` has them.
    @Suite struct PrometheusProtobufTests {
        private func families(_ registry: MetricsRegistry) throws -> [String: WireMessage] {
            let messages = try WireMessage.delimited(PrometheusProtobuf.bytes(of: registry))
            return Dictionary(uniqueKeysWithValues: messages.map { ($0[1]?.text ?? "", $0) })
        }

        @Test(arguments: Fixtures.kernels)
        func everySampleIsThereWithItsValue(_ kernel: String) async throws {
            let registry = await Registries.of("texts/\(kernel)")
            let families = try families(registry)
            var seen: [String: Int] = [:]
            for sample in SampleList(registry).samples {
                var name: [UInt8] = []
                sample.family.appendPrometheusName(prefix: "odigos", to: &name)
                let key = String(decoding: name, as: UTF8.self)
                let family = try #require(families[key])
                let metric = try family.messages(4)[seen[key, default: 0]]
                seen[key, default: 0] += 1
                // MetricType: COUNTER 0, GAUGE 1. Metric: gauge 2, counter 3.
                let isCounter = sample.family.kind == .counter
                #expect(family[3] == .varint(isCounter ? 0 : 1))
                #expect(family[2]?.text == sample.family.help.description)
                let value = try #require(try metric.messages(isCounter ? 3 : 2).first)
                switch sample.number {
                case .integer(let number): #expect(value[1]?.double == Double(number))
                case .decimal(let number): #expect(value[1]?.double == number)
                }
                let labels = try metric.messages(1)
                #expect(labels.map { $0[1]?.text } == sample.labels.map { $0.name.description })
                #expect(labels.map { $0[2]?.text } == sample.labels.map { text($0.value) })
                if isCounter {
                    let created = try value.messages(3).first
                    #expect(created?[1]?.number == (sample.family.isCountedByKernel ? nil : UInt64(registry.startedAt)))
                }
            }
            // Nothing else, and no family that is empty.
            for (name, family) in families where name != "odigos_ebpf_collection_duration_ms" {
                #expect(try family.messages(4).count == seen[name])
            }
        }

        private func text(_ value: MetricLabel.Value) -> String {
            switch value {
            case .number(let number): "\(number)"
            case .name(let name): name.description
            case .text(let text): text
            }
        }

        @Test func theHistogramHasBothKindsOfBuckets() async throws {
            let registry = await Registries.of("texts/6.12", collections: 5)
            let histogram = try #require(SampleList(registry).distribution)
            let family = try #require(try families(registry)["odigos_ebpf_collection_duration_ms"])
            #expect(family[3] == .varint(4))
            let message = try #require(try family.messages(4).first?.messages(7).first)
            #expect(message[1]?.number == 5)
            #expect(message[2]?.double == histogram.sum)

            let buckets = try message.messages(3)
            #expect(buckets.map { $0[2]?.double } == DurationHistogram.bounds + [.infinity])
            #expect(buckets.last?[1]?.number == 5)
            var below: UInt64 = 0
            for (bucket, count) in zip(buckets, histogram.counts) {
                below += count
                #expect(bucket[1]?.number == below)
            }

            #expect(message[5]?.zigzag == Int64(histogram.native.schema))
            #expect(message[6]?.double == 0x1p-128)
            #expect(message[7]?.number == histogram.native.zeroCount)
            // Spans 12 and deltas 13, put together again.
            var deltas = try message.packed(13).compactMap(\.zigzag)[...]
            var (index, count): (Int64, Int64) = (0, 0)
            var decoded: [[Int64]] = []
            for span in try message.messages(12) {
                index += try #require(span[1]?.zigzag)
                for _ in 0..<(try #require(span[2]?.number)) {
                    let delta = deltas.popFirst()
                    count += try #require(delta)
                    decoded.append([index, count])
                    index += 1
                }
            }
            #expect(deltas.isEmpty)
            #expect(decoded == histogram.native.buckets.map { [Int64($0.index), Int64($0.count)] })
            #expect(decoded.map { $0[1] }.reduce(0, +) == 5)
            let created = try message.messages(15).first
            #expect(created?[1]?.number == UInt64(registry.startedAt))
        }

        @Test func beforeTheFirstCollectionThereIsNothing() async {
            let registry = await EBPFMetricsCollector(configuration: .all).registry
            #expect(PrometheusProtobuf.bytes(of: registry).isEmpty)
            #expect(OTLPMetrics.request(of: registry, resource: []) == nil)
        }
    }
#endif
