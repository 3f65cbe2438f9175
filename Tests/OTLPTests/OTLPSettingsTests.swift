import Settings
import Testing

/// The standard environment of OpenTelemetry.
@Suite struct OTLPSettingsTests {
    private func read(_ environment: [String: String]) throws -> OTLPSettings {
        try #require(try OTLPSettings.read(environment: environment))
    }

    @Test(arguments: [
        [:],
        ["OTEL_EXPORTER_OTLP_ENDPOINT": " "],
        ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "TRUE"],
        ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_METRICS_EXPORTER": "none"],
        ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_METRICS_EXPORTER": "prometheus, console"],
        // For somebody else: nothing is pushed from here.
        ["OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"],
    ])
    func nothingIsPushed(_ environment: [String: String]) throws {
        #expect(try OTLPSettings.read(environment: environment) == nil)
    }

    @Test(arguments: [
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"], "http://c:4318/v1/metrics"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/"], "http://c:4318/v1/metrics"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "HTTPS://c/otlp/"], "https://c/otlp/v1/metrics"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://[::1]:4318/otlp"], "http://[::1]:4318/otlp/v1/metrics"),
        (["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://c/x?y=1"], "http://c/x?y=1"),
        (
            ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://m/", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"],
            "http://m/"
        ),
        (["OTEL_METRICS_EXPORTER": "otlp"], "http://localhost:4318/v1/metrics"),
        (
            ["OTEL_METRICS_EXPORTER": "prometheus,otlp", "OTEL_SDK_DISABLED": "false"],
            "http://localhost:4318/v1/metrics"
        ),
    ])
    func endpoints(_ environment: [String: String], _ url: String) throws {
        #expect(try read(environment).endpoint == url)
    }

    @Test func theRestIsTakenOver() throws {
        var expected = OTLPSettings(endpoint: "http://c/v1/metrics")
        expected.headers = [OTLPSettings.Header("a", "b=c, d"), OTLPSettings.Header("api-key", "ü")]
        expected.timeout = .milliseconds(2500)
        expected.usesGzip = true
        expected.certificateFile = "/m.pem"
        expected.clientCertificateFile = "/c.pem"
        expected.clientKeyFile = "/k.pem"
        expected.interval = .seconds(15)
        expected.resourceAttributes = [
            OTLPSettings.Header("k8s.node.name", "n1"), OTLPSettings.Header("team", "a b"),
            OTLPSettings.Header("service.name", "mine"),
        ]
        let settings = try read([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c",
            "OTEL_EXPORTER_OTLP_HEADERS": "x=general",
            "OTEL_EXPORTER_OTLP_METRICS_HEADERS": " a = b=c%2C%20d ,, api-key=%c3%BC ",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/protobuf",
            "OTEL_EXPORTER_OTLP_CERTIFICATE": "/general.pem",
            "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE": "/m.pem",
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "/c.pem",
            "OTEL_EXPORTER_OTLP_CLIENT_KEY": "/k.pem",
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "Cumulative",
            "OTEL_METRIC_EXPORT_INTERVAL": "15000",
            "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,te%61m=a%20b",
            "OTEL_SERVICE_NAME": "mine",
            "NODE_NAME": "n1",
        ])
        #expect(settings == expected)
    }

    @Test func theEnvironmentWinsOverTheFile() throws {
        var file = OTLPSettings(endpoint: "http://file")
        file.timeout = .seconds(3)
        file.usesGzip = true
        file.resourceAttributes = [OTLPSettings.Header("k8s.node.name", "file"), OTLPSettings.Header("a", "1")]
        #expect(try OTLPSettings.read(environment: [:], over: file) == file)
        #expect(try OTLPSettings.read(environment: ["OTEL_METRICS_EXPORTER": "none"], over: file) == nil)
        let both = try OTLPSettings.read(
            environment: [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://env", "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
                "OTEL_RESOURCE_ATTRIBUTES": "a=2", "NODE_NAME": "env",
            ], over: file)
        file.endpoint = "http://env/v1/metrics"
        file.usesGzip = false
        file.resourceAttributes = [OTLPSettings.Header("k8s.node.name", "file"), OTLPSettings.Header("a", "2")]
        #expect(both == file)
    }

    @Test(arguments: [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4318", "http://"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c?x", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://c:70000", "port"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://[::1", "]"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "port 4318"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json", "port 4318"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta", "cumulativetodelta"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0", "milliseconds"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1m", "milliseconds"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "nonsense", "entry 1"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=%zz", "%25"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=%0d%0ab: c", "line break"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a b=c", "name"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "Content-Type=text/plain", "cannot be changed"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a=1,=2", "entry 2"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a=1,%=2", "%25"),
        ("OTEL_METRICS_EXPORTER", "carbon", "otlp"),
    ])
    func mistakesNameTheVariableAndTheRemedy(_ name: String, _ value: String, _ remedy: String) throws {
        var environment = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"]
        environment[name] = value
        let error = try #require(
            #expect(throws: OTLPSettingsError.self) { try OTLPSettings.read(environment: environment) })
        #expect(error.name == name)
        #expect(error.reason.contains(remedy), "\(error)")
    }

    @Test func secretsAreNotRepeated() throws {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=%zzSECRET"), ("OTEL_EXPORTER_OTLP_HEADERS", "SECRET"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:SECRET@c"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "me:SECRET@c:4318"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:SECRET @c"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://c:x/v1?key=SECRET"),
        ] {
            let error = try #require(
                #expect(throws: OTLPSettingsError.self) {
                    try OTLPSettings.read(environment: ["OTEL_METRICS_EXPORTER": "otlp", name: value])
                })
            #expect(!error.description.contains("SECRET"))
        }
        let endpoint = try OTLPSettings.Endpoint("http://c:4318/v1?key=SECRET", setBy: "")
        #expect("\(endpoint)" == "http://c:4318/v1")
        #expect(endpoint.target == "/v1?key=SECRET")
    }

    @Test(arguments: [
        ("http://c", false, "c", 80, "/", "c"), ("https://c.d/a/b", true, "c.d", 443, "/a/b", "c.d"),
        ("http://[fe80::1]:4318", false, "fe80::1", 4318, "/", "[fe80::1]:4318"),
        ("http://c?q#f", false, "c", 80, "/?q", "c"),
    ])
    func parts(_ url: String, _ isEncrypted: Bool, _ host: String, _ port: Int, _ target: String, _ authority: String)
        throws
    {
        let endpoint = try OTLPSettings.Endpoint(url, setBy: "x")
        #expect(endpoint.isEncrypted == isEncrypted)
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.target == target)
        #expect(endpoint.authority == authority)
    }
}
