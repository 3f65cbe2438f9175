#if OTLP && TLS
    import Foundation
    import Glibc
    import NIOPosix
    import OTLPExport
    import Settings
    import TestSupport
    import Testing

    /// The exporter against a backend with TLS that wants a client certificate: Python's own.
    @Suite(
        .enabled(
            if: Python(with: "ssl, http.server") != nil && Program.find("openssl") != nil, "needs python3, openssl"))
    struct OTLPTLSTests {
        @Test func certificatesAreCheckedOnBothSides() async throws {
            let backend = try EncryptedBackend()
            defer { backend.stop() }
            var settings = OTLPSettings(endpoint: "https://127.0.0.1:\(backend.port)/v1/metrics")
            settings.timeout = .seconds(60)

            let stranger = try await failure(of: settings)
            #expect(stranger.contains("CERTIFICATE_VERIFY_FAILED"), "\(stranger)")

            settings.certificateFile = backend.certificate
            let nameless = try await failure(of: settings)
            #expect(!nameless.contains("CERTIFICATE_VERIFY_FAILED"), "\(nameless)")

            settings.clientCertificateFile = backend.certificate
            settings.clientKeyFile = backend.key
            for host in ["127.0.0.1", "localhost"] {
                settings.endpoint = "https://\(host):\(backend.port)/v1/metrics"
                let exporter = try OTLPExporter(settings: settings, logger: TestLog().logger)
                let run = Task { await exporter.run() }
                await exporter.submit(await Registries.of("texts/6.1"))
                try await eventually("a push to \(host)") { await exporter.counts.pushes == 1 }
                run.cancel()
            }
        }

        @Test func aNewCertificateIsTaken() async throws {
            let (backend, stranger) = (try EncryptedBackend(), try EncryptedBackend())
            defer { for backend in [backend, stranger] { backend.stop() } }
            let folder = FileManager.default.temporaryDirectory.appending(path: "otlp-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let (certificate, key) = (folder.appending(path: "tls.crt"), folder.appending(path: "tls.key"))
            func renew(from backend: EncryptedBackend) throws {
                for (source, file) in [(backend.key, key), (backend.certificate, certificate)] {
                    try Data(contentsOf: URL(filePath: source)).write(to: file, options: .atomic)
                }
            }
            try renew(from: stranger)
            var settings = OTLPSettings(endpoint: "https://127.0.0.1:\(backend.port)/v1/metrics")
            settings.timeout = .seconds(60)
            settings.certificateFile = certificate.path
            settings.clientCertificateFile = certificate.path
            settings.clientKeyFile = key.path
            let (clock, log) = (TestClock(), TestLog())
            clock.hold()
            let exporter = try OTLPExporter(
                settings: settings, logger: log.logger, group: MultiThreadedEventLoopGroup.singleton, clock: clock.clock
            )
            let run = Task { await exporter.run() }
            defer { run.cancel() }
            await exporter.submit(await Registries.of("texts/6.1"))
            try await eventually("a failure") { await exporter.counts.failures == 1 }
            // Half of a pair does no harm, and is told of.
            try Data("broken".utf8).write(to: key, options: .atomic)
            clock.release()
            try await eventually("another failure") { await exporter.counts.failures >= 2 }
            #expect(log.news.filter { $0.hasPrefix("error") && $0.contains("OTLP client key") }.count == 1)
            try renew(from: backend)
            try await eventually("a push") { await exporter.counts.pushes == 1 }
        }

        /// What the log says of the first attempt.
        private func failure(of settings: OTLPSettings) async throws -> String {
            let (clock, log) = (TestClock(), TestLog())
            clock.hold()
            let exporter = try OTLPExporter(
                settings: settings, logger: log.logger, group: MultiThreadedEventLoopGroup.singleton, clock: clock.clock
            )
            let run = Task { await exporter.run() }
            defer { run.cancel() }
            await exporter.submit(await Registries.of("texts/6.1"))
            try await eventually("a failure") { await exporter.counts.failures == 1 }
            return log.news.first ?? ""
        }
    }

    /// A process that takes every POST over TLS from whoever has its own certificate.
    private struct EncryptedBackend {
        let port: Int
        let certificate: String
        let key: String
        private let folder: URL
        private let process: Process

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            certificate = folder.appending(path: "certificate.pem").path
            key = folder.appending(path: "key.pem").path
            let made = try Program(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", key, "-out", certificate,
                ]
            ).run()
            try #require(made.status == 0, "\(made.errors)")

            let script = """
                import http.server, ssl, sys
                class Handler(http.server.BaseHTTPRequestHandler):
                    def do_POST(self):
                        self.rfile.read(int(self.headers["Content-Length"]))
                        self.send_response(200)
                        self.send_header("Content-Length", "0")
                        self.end_headers()
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(sys.argv[1], sys.argv[2])
                context.load_verify_locations(sys.argv[1])
                context.verify_mode = ssl.CERT_REQUIRED
                server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
                server.socket = context.wrap_socket(server.socket, server_side=True)
                print(server.server_port, flush=True)
                server.serve_forever()
                """
            process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["python3", "-c", script, certificate, key]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        }

        func stop() {
            // Foundation starts programs with signals blocked; this one cannot be.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            try? FileManager.default.removeItem(at: folder)
        }
    }
#endif
