/// The formats in which metrics are served.
public enum ExpositionFormat: Sendable, CaseIterable {
    /// Prometheus text 0.0.4: what everybody reads.
    case prometheusText
    /// OpenMetrics 1.0 text.
    case openMetricsText
    /// Messages of Prometheus' protobuf, each after its length: the one with native histograms.
    case prometheusProtobuf

    /// The value of `Content-Type`.
    public var contentType: String {
        switch self {
        case .prometheusText: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetricsText: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .prometheusProtobuf:
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
        }
    }

    /// The format that a client with this `Accept` likes best; Prometheus text when it names none that there is.
    ///
    /// Several `Accept` fields are one, joined by commas. Where a client likes two as much, it gets the one that it
    /// named; of two that it named, the first. Metric names need no escaping, so any `escaping` is as good.
    public static func negotiate(accept: String?, offersProtobuf: Bool) -> ExpositionFormat {
        guard let accept else { return .prometheusText }
        let ranges = MediaRange.list(accept)
        var best: (format: ExpositionFormat, quality: Double, specificity: Int, position: Int)?
        for format in allCases where format != .prometheusProtobuf || offersProtobuf {
            // Of the ranges that match a format, the most specific says how much it is liked.
            var match: (quality: Double, specificity: Int, position: Int)?
            for (position, range) in ranges.enumerated() {
                guard let specificity = format.specificity(of: range) else { continue }
                if specificity > match?.specificity ?? -1 { match = (range.quality, specificity, position) }
            }
            guard let match, match.quality > 0 else { continue }
            guard let rival = best else {
                best = (format, match.quality, match.specificity, match.position)
                continue
            }
            // A wildcard says nothing between formats: the one that everybody reads stays.
            let isNamed = match.specificity > 1
            let isRivalNamed = rival.specificity > 1
            if match.quality > rival.quality
                || match.quality == rival.quality && isNamed && (!isRivalNamed || match.position < rival.position)
            {
                best = (format, match.quality, match.specificity, match.position)
            }
        }
        return best?.format ?? .prometheusText
    }

    /// How closely a range describes this format: 0 for `*/*`, 1 for `text/*`, more with the type and each parameter
    /// that fits; nil when it does not match.
    private func specificity(of range: MediaRange) -> Int? {
        let media: (type: String, subtype: String, parameters: [String: String]) =
            switch self {
            case .prometheusText: ("text", "plain", ["version": "0.0.4", "charset": "utf-8"])
            case .openMetricsText: ("application", "openmetrics-text", ["version": "1.0.0", "charset": "utf-8"])
            case .prometheusProtobuf:
                (
                    "application", "vnd.google.protobuf",
                    ["proto": "io.prometheus.client.metricfamily", "encoding": "delimited"]
                )
            }
        // Who takes anything does not say that it can read protobuf; and of any other message or framing it would read
        // rubbish, so all has to be said.
        if self == .prometheusProtobuf {
            guard range.parameters["proto"] != nil, range.parameters["encoding"] != nil else { return nil }
        }
        if range.type == "*" { return range.subtype == "*" ? 0 : nil }
        guard range.type == media.type else { return nil }
        if range.subtype == "*" { return 1 }
        guard range.subtype == media.subtype else { return nil }
        var specificity = 2
        for (name, value) in range.parameters {
            guard let ours = media.parameters[name] else { continue }
            guard ours == value else { return nil }
            specificity += 1
        }
        return specificity
    }
}
