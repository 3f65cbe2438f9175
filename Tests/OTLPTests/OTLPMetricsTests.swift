#if OTLP
    import EBPFMetrics
    import KernelObjects
    import ProtobufExposition
    import TestSupport
    import Testing

    /// What is pushed, read by OpenTelemetry's own Python package.
    @Suite struct OTLPMetricsTests {
        private static let python = Python(with: "opentelemetry.proto.collector.metrics.v1.metrics_service_pb2")

        private static let listing = """
            import json, sys
            from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
            request = ExportMetricsServiceRequest.FromString(open(sys.argv[1], "rb").read())

            def unknown(message):
                # A field that this schema does not know would be written again and make it longer.
                for field, value in message.ListFields():
                    for part in value if hasattr(value, "append") else [value]:
                        if hasattr(part, "DiscardUnknownFields"): unknown(part)
                size = message.ByteSize()
                message.DiscardUnknownFields()
                assert size == message.ByteSize(), "unknown field in " + message.DESCRIPTOR.name
            unknown(request)

            def attributes(pairs):
                return {p.key: [p.value.WhichOneof("value"), getattr(p.value, p.value.WhichOneof("value"))] for p in pairs}

            def point(p):
                return {"start": str(p.start_time_unix_nano), "time": str(p.time_unix_nano),
                        "kind": p.WhichOneof("value"), "value": repr(getattr(p, p.WhichOneof("value"))),
                        "attributes": attributes(p.attributes)}

            resource, = request.resource_metrics
            scope, = resource.scope_metrics
            metrics = []
            for m in scope.metrics:
                data = getattr(m, m.WhichOneof("data"))
                metric = {"name": m.name, "unit": m.unit, "description": m.description, "data": m.WhichOneof("data")}
                if m.WhichOneof("data") == "sum":
                    metric["monotonic"] = data.is_monotonic
                if m.WhichOneof("data") != "gauge":
                    metric["temporality"] = data.aggregation_temporality
                if m.WhichOneof("data") == "histogram":
                    h, = data.data_points
                    metric["histogram"] = {"count": h.count, "sum": repr(h.sum), "counts": list(h.bucket_counts),
                        "bounds": list(h.explicit_bounds), "start": str(h.start_time_unix_nano),
                        "time": str(h.time_unix_nano)}
                else:
                    metric["points"] = [point(p) for p in data.data_points]
                metrics.append(metric)
            print(json.dumps({"resource": attributes(resource.resource.attributes),
                "scope": [scope.scope.name, scope.scope.version], "metrics": metrics}))
            """

        /// A number that Python wrote as text: Foundation reads some numbers of JSON with an error in the last digit.
        private func number(_ text: JSON) -> Double? { text.string.flatMap(Double.init) }

        private func nanoseconds(_ seconds: Double) -> JSON { .string(String(UInt64((seconds * 1e9).rounded()))) }

        @Test(.enabled(if: python != nil, "needs python3 with opentelemetry-proto"), arguments: Fixtures.kernels)
        func anotherReaderFindsEverySample(_ kernel: String) async throws {
            let python = try #require(Self.python)
            let registry = await Registries.of("texts/\(kernel)", collections: 2)
            let last = try #require(registry.last)
            let bytes = try #require(
                OTLPMetrics.request(of: registry, resource: [("service.name", "ebpf"), ("host.name", "a host")]))
            let request = try python.read(bytes, Self.listing)
            #expect(
                request["resource"]
                    == .object([
                        "service.name": .array([.string("string_value"), .string("ebpf")]),
                        "host.name": .array([.string("string_value"), .string("a host")]),
                    ]))
            #expect(
                request["scope"] == .array([.string("swift-ebpf-metrics"), .string(BuildInfo.version)]))

            var points: [String: ArraySlice<JSON>] = [:]
            var metrics: [String: JSON] = [:]
            for metric in request["metrics"].elements {
                let name = try #require(metric["name"].string)
                #expect(metrics[name] == nil, "\(name) is there once")
                metrics[name] = metric
                points[name] = metric["points"].elements[...]
            }
            for sample in SampleList(registry).samples {
                let family = sample.family
                let name = "odigos.\(family.name)"
                let metric = try #require(metrics[name], "\(name)")
                #expect(metric["unit"].string == family.unit.description)
                #expect(metric["description"].string == family.help.description)
                #expect(metric["data"].string == (family.kind == .gauge ? "gauge" : "sum"))
                #expect(metric["temporality"] == (family.kind == .gauge ? .null : .number(2)))
                #expect(metric["monotonic"] == (family.kind == .gauge ? .null : .bool(family.kind == .counter)))
                let next = points[name]?.popFirst()
                let point = try #require(next, "\(name)")
                switch sample.number {
                case .integer(let value):
                    #expect(point["kind"].string == "as_int" && point["value"].string == "\(value)")
                case .decimal(let value):
                    #expect(point["kind"].string == "as_double" && number(point["value"]) == value)
                }
                #expect(point["time"] == nanoseconds(last.startedAt))
                let hasStart = family.kind != .gauge && !family.isCountedByKernel
                #expect(point["start"] == (hasStart ? nanoseconds(registry.startedAt) : .string("0")))
                #expect(point["attributes"] == attributes(sample.labels))
            }
            #expect(!points.values.contains { !$0.isEmpty })

            let histogram = try #require(SampleList(registry).distribution)
            let metric = try #require(metrics["odigos.ebpf.collection.duration_ms"])
            #expect(metric["temporality"].int == 2 && metric["unit"].string == "ms")
            #expect(metric["histogram"]["count"].int == 2)
            #expect(number(metric["histogram"]["sum"]) == histogram.sum)
            #expect(metric["histogram"]["counts"] == .array(histogram.counts.map { .number(Double($0)) }))
            #expect(metric["histogram"]["bounds"] == .array(DurationHistogram.bounds.map { .number($0) }))
            #expect(metric["histogram"]["start"] == nanoseconds(registry.startedAt))
            #expect(metric["histogram"]["time"] == nanoseconds(last.startedAt))
            // No source looked for pins: unknown, so absent.
            #expect(metrics["odigos.ebpf.pins"] == nil)
        }

        private func attributes(_ labels: [MetricLabel]) -> JSON {
            var attributes: [String: JSON] = [:]
            for label in labels {
                switch label.value {
                case .number(let number):
                    attributes[label.name.description] = .array([.string("int_value"), .number(Double(number))])
                case .name(let name):
                    attributes[label.name.description] = .array([.string("string_value"), .string(name.description)])
                case .text(""): break
                case .text(let text):
                    attributes[label.name.description] = .array([.string("string_value"), .string(text)])
                }
            }
            return .object(attributes)
        }

        @Test func afterTheClockWasSetBackNobodyKnowsWhenCountingBegan() {
            #expect(MetricsRegistry.knownStart(100, lastCollection: 200) == 100)
            #expect(MetricsRegistry.knownStart(100, lastCollection: 50) == nil)
            #expect(MetricsRegistry.knownStart(100, lastCollection: nil) == 100)
        }

        @Test func whatABackendSaysIsUnderstood() {
            // ExportMetricsServiceResponse { partial_success { rejected_data_points: 300, error_message: "no" } }
            let partial: [UInt8] = [0x0A, 0x07, 0x08, 0xAC, 0x02, 0x12, 0x02] + Array("no".utf8)
            let said = OTLPMetrics.partialSuccess(in: partial)
            #expect(said?.rejectedPoints == 300)
            #expect(said?.message == "no")
            // Only a warning.
            #expect(OTLPMetrics.partialSuccess(in: [0x0A, 0x03, 0x12, 0x01, 0x21])?.message == "!")
            #expect(OTLPMetrics.partialSuccess(in: []) == nil)
            #expect(OTLPMetrics.partialSuccess(in: [0x0A, 0x00]) == nil)
            #expect(OTLPMetrics.partialSuccess(in: Array("<html>".utf8)) == nil)
            // google.rpc.Status { code: 3, message: "bad" }
            #expect(OTLPMetrics.refusal(in: [0x08, 0x03, 0x12, 0x03] + Array("bad".utf8)) == "bad")
            #expect(OTLPMetrics.refusal(in: [0xFF]) == nil)
        }
    }
#endif
