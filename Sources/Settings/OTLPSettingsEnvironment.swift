extension OTLPSettings {
    /// What the standard environment of OpenTelemetry says about metrics; nil when it, and `base`, say not to push.
    ///
    /// It pushes when an endpoint is set, or `OTEL_METRICS_EXPORTER=otlp`, which then means `http://localhost:4318`. A
    /// variable for metrics wins over the general one, an empty one counts as not set.
    ///
    /// - Parameter base: What was set elsewhere, a file for one. The environment wins over it. An empty endpoint is none.
    public static func read(
        environment: [String: String], over base: OTLPSettings? = nil
    ) throws(OTLPSettingsError) -> OTLPSettings? {
        let variables = OTLPEnvironment(environment)
        if variables["OTEL_SDK_DISABLED"]?.value.lowercased() == "true" { return nil }
        let exporter = try variables.exporter()
        if exporter == .other { return nil }

        var settings: OTLPSettings
        if let specific = variables["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] {
            _ = try Endpoint(specific.value, setBy: specific.name)
            settings = base ?? OTLPSettings(endpoint: "")
            settings.endpoint = specific.value
        } else if let general = variables["OTEL_EXPORTER_OTLP_ENDPOINT"] {
            let endpoint = try Endpoint(general.value, setBy: general.name)
            guard !endpoint.target.contains("?") else {
                throw OTLPSettingsError(
                    general.name, "has a query; set OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, which is used as it is")
            }
            settings = base ?? OTLPSettings(endpoint: "")
            let path = endpoint.target.hasSuffix("/") ? endpoint.target : endpoint.target + "/"
            settings.endpoint = "\(endpoint.isEncrypted ? "https" : "http")://\(endpoint.authority)\(path)v1/metrics"
        } else if exporter == .otlp, base?.endpoint.isEmpty ?? true {
            settings = base ?? OTLPSettings(endpoint: "")
            settings.endpoint = "http://localhost:4318/v1/metrics"
        } else if let base {
            settings = base
        } else {
            return nil
        }
        try variables.checkTransport()
        try variables.readRequests(into: &settings)
        try variables.readResource(into: &settings)
        return settings
    }
}

/// The variables, as far as they are set.
private struct OTLPEnvironment {
    typealias Variable = (name: String, value: String)
    private let environment: [String: String]

    enum Exporter { case unset, otlp, other }

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    /// A variable that is set to something.
    subscript(name: String) -> Variable? {
        guard let value = environment[name] else { return nil }
        let trimmed = OTLPText.trimmed(value[...])
        return trimmed.isEmpty ? nil : (name, trimmed)
    }

    /// The variable for metrics, or the general one.
    private func exporterVariable(_ ending: String) -> Variable? {
        self["OTEL_EXPORTER_OTLP_METRICS_\(ending)"] ?? self["OTEL_EXPORTER_OTLP_\(ending)"]
    }

    func exporter() throws(OTLPSettingsError) -> Exporter {
        guard let variable = self["OTEL_METRICS_EXPORTER"] else { return .unset }
        let names = variable.value.lowercased().split(separator: ",").map(OTLPText.trimmed)
        if names.contains("otlp") { return .otlp }
        // Prometheus is served in any case, and a console is somebody else's wish.
        let known: Set = ["none", "prometheus", "console", "logging"]
        guard names.allSatisfy(known.contains) else {
            throw OTLPSettingsError(variable.name, "'\(variable.value)' is unknown; otlp pushes, none does not")
        }
        return .other
    }

    func checkTransport() throws(OTLPSettingsError) {
        if let variable = exporterVariable("PROTOCOL"), variable.value != "http/protobuf" {
            throw OTLPSettingsError(
                variable.name,
                "'\(variable.value)' is not spoken here: HTTP with protobuf is the one transport, on port 4318 of most "
                    + "collectors; set it to http/protobuf")
        }
        if let variable = self["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
            variable.value.lowercased() != "cumulative"
        {
            throw OTLPSettingsError(
                variable.name,
                "'\(variable.value)' is not done here: every sum is cumulative, so that nothing is lost or counted twice "
                    + "when a push fails; set it to cumulative, and let a collector's cumulativetodelta processor convert"
            )
        }
    }

    func readRequests(into settings: inout OTLPSettings) throws(OTLPSettingsError) {
        if let variable = exporterVariable("HEADERS") {
            settings.headers = try OTLPText.pairs(variable)
            for header in settings.headers {
                try header.checkAsField(setBy: variable.name)
            }
        }
        if let variable = exporterVariable("TIMEOUT") { settings.timeout = try milliseconds(variable) }
        if let variable = exporterVariable("COMPRESSION") {
            switch variable.value.lowercased() {
            case "gzip": settings.usesGzip = true
            case "none": settings.usesGzip = false
            default: throw OTLPSettingsError(variable.name, "'\(variable.value)' is unknown; use gzip or none")
            }
        }
        settings.certificateFile = exporterVariable("CERTIFICATE")?.value ?? settings.certificateFile
        settings.clientCertificateFile =
            exporterVariable("CLIENT_CERTIFICATE")?.value ?? settings.clientCertificateFile
        settings.clientKeyFile = exporterVariable("CLIENT_KEY")?.value ?? settings.clientKeyFile
        if let variable = self["OTEL_METRIC_EXPORT_INTERVAL"] { settings.interval = try milliseconds(variable) }
    }

    private func milliseconds(_ variable: Variable) throws(OTLPSettingsError) -> Duration {
        guard let number = Int64(variable.value), (1...86_400_000).contains(number) else {
            throw OTLPSettingsError(
                variable.name, "'\(variable.value)' is not a number of milliseconds from 1 to 86400000")
        }
        return .milliseconds(number)
    }

    func readResource(into settings: inout OTLPSettings) throws(OTLPSettingsError) {
        var attributes = settings.resourceAttributes
        func set(_ attribute: OTLPSettings.Header) {
            attributes.removeAll { $0.name == attribute.name }
            attributes.append(attribute)
        }
        // What a DaemonSet tells its pods by the downward API; not of OpenTelemetry, so it is the weakest.
        if let node = self["K8S_NODE_NAME"] ?? self["NODE_NAME"],
            !attributes.contains(where: { $0.name == "k8s.node.name" })
        {
            set(OTLPSettings.Header("k8s.node.name", node.value))
        }
        if let variable = self["OTEL_RESOURCE_ATTRIBUTES"] {
            try OTLPText.pairs(variable, decodesNames: true).forEach(set)
        }
        if let name = self["OTEL_SERVICE_NAME"] { set(OTLPSettings.Header("service.name", name.value)) }
        settings.resourceAttributes = attributes
    }
}

extension OTLPSettings.Header {
    /// Whether this may be a field of an HTTP request. Values are not repeated: they may be secrets.
    public func checkAsField(setBy setting: String) throws(OTLPSettingsError) {
        let marks = "!#$%&'*+-.^_`|~".utf8
        let isToken =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || marks.contains(byte)
            }
        guard isToken else { throw OTLPSettingsError(setting, "'\(name)' cannot be the name of a header") }
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw OTLPSettingsError(setting, "the value of '\(name)' has a line break or another control character")
        }
        let ours: Set = [
            "content-type", "content-length", "content-encoding", "transfer-encoding", "host", "connection",
        ]
        guard !ours.contains(name.lowercased()) else {
            throw OTLPSettingsError(setting, "'\(name)' is set by this program and cannot be changed")
        }
    }
}

/// Lists of pairs, as in the header `Baggage`: `a=1,b=two%20words`.
private enum OTLPText {
    /// - Parameter decodesNames: Names of attributes are encoded like values; those of headers are as they are.
    static func pairs(
        _ variable: OTLPEnvironment.Variable, decodesNames: Bool = false
    ) throws(OTLPSettingsError) -> [OTLPSettings.Header] {
        var pairs: [OTLPSettings.Header] = []
        for entry in variable.value.split(separator: ",") {
            let text = trimmed(entry)
            if text.isEmpty { continue }
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                // The entry is not repeated: it may be a secret.
                throw OTLPSettingsError(variable.name, "entry \(pairs.count + 1) is not name=value")
            }
            let written = trimmed(text[..<equals])
            guard let name = decodesNames ? decoded(written) : written else {
                throw OTLPSettingsError(
                    variable.name,
                    "the name of entry \(pairs.count + 1) has a % without two digits, or is not UTF-8; write % as %25")
            }
            guard let value = decoded(trimmed(text[text.index(after: equals)...])) else {
                throw OTLPSettingsError(
                    variable.name, "the value of '\(name)' has a % without two digits, or is not UTF-8; write % as %25")
            }
            pairs.append(OTLPSettings.Header(name, value))
        }
        return pairs
    }

    static func trimmed(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        let rest = text.drop(while: isSpace)
        return rest.lastIndex { !isSpace($0) }.map { String(rest[...$0]) } ?? ""
    }

    /// The text with `%XX` for what it stands for.
    private static func decoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
