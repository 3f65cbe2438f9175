import Exposition
import Testing

/// What a client is given for its `Accept`.
@Suite struct OpenMetricsNegotiationTests {
    /// What Prometheus sends, as its sources have it.
    @Test(arguments: [
        // 2.42
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        // 2.53
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        // 3.x
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    ])
    func prometheusGetsOpenMetrics(_ accept: String) {
        #expect(ExpositionFormat.negotiate(accept: accept, offersProtobuf: false) == .openMetricsText)
        #expect(ExpositionFormat.negotiate(accept: accept, offersProtobuf: true) == .openMetricsText)
    }

    /// The same with native histograms switched on.
    @Test(arguments: [
        // 2.42
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        // 2.53
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
        // 3.x
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    ])
    func prometheusGetsProtobufWhereThereIsAny(_ accept: String) {
        #expect(ExpositionFormat.negotiate(accept: accept, offersProtobuf: true) == .prometheusProtobuf)
        #expect(ExpositionFormat.negotiate(accept: accept, offersProtobuf: false) == .openMetricsText)
    }

    @Test(
        arguments: [
            (nil, .prometheusText),
            ("", .prometheusText),
            ("*/*", .prometheusText),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .prometheusText),
            ("application/json", .prometheusText),
            ("nonsense", .prometheusText),
            ("text/*", .prometheusText),
            ("application/*", .openMetricsText),
            ("application/*, */*;q=0.5", .openMetricsText),
            ("text/plain", .prometheusText),
            ("application/openmetrics-text", .openMetricsText),
            ("APPLICATION/OpenMetrics-Text; Version=\"1.0.0\" ; Charset=UTF-8", .openMetricsText),
            // Of two that are liked as much, the one that was named, and the one that was named first.
            ("*/*, application/openmetrics-text", .openMetricsText),
            ("application/openmetrics-text, text/plain", .openMetricsText),
            ("text/plain, application/openmetrics-text", .prometheusText),
            // Versions that there are not.
            ("application/openmetrics-text;version=0.0.1, text/plain;version=0.0.4;q=0.1", .prometheusText),
            ("text/plain;version=1.0.0, application/openmetrics-text;version=1.0.0;q=0.1", .openMetricsText),
            // Prometheus 3 that was told to prefer text.
            (
                "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.3",
                .prometheusText
            ),
            // The most specific range that matches says how much a format is liked.
            ("*/*, text/plain;q=0.2, application/openmetrics-text;q=0.3", .openMetricsText),
            ("text/plain;q=0.9, text/plain;version=0.0.4;q=0.1, application/openmetrics-text;q=0.5", .openMetricsText),
            ("application/openmetrics-text;q=0, text/*;q=0.1", .prometheusText),
            ("application/openmetrics-text;q=2, text/plain", .prometheusText),
            // A comma in quotes parts nothing.
            ("application/json;x=\"a,application/openmetrics-text\"", .prometheusText),
            // Protobuf of another kind is not ours.
            ("application/vnd.google.protobuf", .prometheusText),
            ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", .prometheusText),
            ("application/vnd.google.protobuf;proto=io.openmetrics.MetricSet;encoding=delimited", .prometheusText),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0",
                .prometheusText
            ),
        ] as [(String?, ExpositionFormat)])
    func othersGetWhatTheyNameOrText(_ accept: String?, _ format: ExpositionFormat) {
        #expect(ExpositionFormat.negotiate(accept: accept, offersProtobuf: true) == format, "\(accept ?? "nothing")")
    }

    @Test func contentTypes() {
        #expect(
            ExpositionFormat.allCases.map(\.contentType) == [
                "text/plain; version=0.0.4; charset=utf-8",
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
            ])
    }
}
