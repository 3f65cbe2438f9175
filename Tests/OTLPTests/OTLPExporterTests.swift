#if OTLP
    import EBPFMetrics
    import Foundation
    import NIOPosix
    import OTLPExport
    import ServiceLifecycle
    import Settings
    import TestSupport
    import Testing

    /// The exporter against backends that behave well and badly.
    @Suite struct OTLPExporterTests {
        private let clock = TestClock()
        private let log = TestLog()

        private func settings(_ server: LoopbackServer) -> OTLPSettings {
            var settings = OTLPSettings(endpoint: server.url)
            settings.timeout = .seconds(60)
            return settings
        }

        private func exporter(_ settings: OTLPSettings) throws -> OTLPExporter {
            try OTLPExporter(
                settings: settings, logger: log.logger, group: MultiThreadedEventLoopGroup.singleton, clock: clock.clock
            )
        }

        /// Runs an exporter while a test goes on.
        private func running<Result>(
            _ exporter: OTLPExporter, _ body: () async throws -> Result
        ) async throws -> Result {
            let run = Task { await exporter.run() }
            defer { run.cancel() }
            return try await body()
        }

        private static let ok = LoopbackServer.Act.answer("200 OK", fields: ["Content-Type: application/x-protobuf"])

        // MARK: Good

        @Test func aPushIsWhatTheSpecificationWants() async throws {
            let server = try LoopbackServer([Self.ok])
            defer { server.stop() }
            var settings = settings(server)
            settings.headers = [
                OTLPSettings.Header("authorization", "Bearer x y"), OTLPSettings.Header("x-scope", "1"),
            ]
            settings.resourceAttributes = [OTLPSettings.Header("k8s.node.name", "node-7")]
            let exporter = try exporter(settings)
            try await running(exporter) {
                await exporter.submit(await Registries.of("texts/6.12"))
                try await eventually("a push") { await exporter.counts.pushes == 1 }
            }
            let request = try #require(server.requests.first)
            #expect(request.line == "POST /v1/metrics HTTP/1.1")
            #expect(request.fields["host"] == "127.0.0.1:\(server.port)")
            #expect(request.fields["content-type"] == "application/x-protobuf")
            #expect(request.fields["content-encoding"] == nil)
            #expect(request.fields["user-agent"] == "OTel-OTLP-Exporter-Swift-ebpf-metrics/\(BuildInfo.version)")
            #expect(request.fields["authorization"] == "Bearer x y")
            #expect(request.fields["x-scope"] == "1")
            let resource = try #require(try WireMessage(request.body).messages(1).first?.messages(1).first)
            var attributes: [String: String] = [:]
            for pair in try resource.messages(1) {
                attributes[pair[1]?.text ?? ""] = try pair.messages(2).first?[1]?.text
            }
            #expect(attributes["service.name"] == "ebpf-metrics")
            #expect(attributes["service.version"] == BuildInfo.version)
            #expect(attributes["k8s.node.name"] == "node-7")
            // The same after a restart, so that series go on.
            #expect(attributes["service.instance.id"] == "node-7")
            #expect(
                attributes["host.name"] == ProcessInfo.processInfo.hostName || attributes["host.name"]?.isEmpty == false
            )
            #expect(attributes["os.type"] == "linux")
            #expect(log.news.isEmpty)
        }

        @Test(.enabled(if: python != nil, "needs python3"))
        func gzipIsTheSameInLess() async throws {
            let python = try #require(Self.python)
            let server = try LoopbackServer([Self.ok])
            defer { server.stop() }
            let registry = await Registries.of("texts/6.12")
            for usesGzip in [false, true] {
                var settings = settings(server)
                settings.usesGzip = usesGzip
                let exporter = try exporter(settings)
                try await running(exporter) {
                    await exporter.submit(registry)
                    try await eventually("a push") { await exporter.counts.pushes == 1 }
                }
            }
            let requests = server.requests
            #expect(requests.map { $0.fields["content-encoding"] } == [nil, "gzip"])
            #expect(requests[1].body.count < requests[0].body.count / 2)
            let plain = try python.read(
                requests[1].body, "import gzip, json, sys; print(json.dumps(gzip.open(sys.argv[1]).read().hex()))")
            #expect(plain.string == requests[0].body.map { String(format: "%02x", $0) }.joined())
        }

        private static let python = Python(with: "gzip")

        @Test func eachCollectionIsPushedOnce() async throws {
            let server = try LoopbackServer([Self.ok])
            defer { server.stop() }
            let exporter = try exporter(settings(server))
            try await running(exporter) {
                for count in 1...3 {
                    await exporter.submit(await Registries.of("texts/6.1"))
                    try await eventually("push \(count)") { await exporter.counts.pushes == count }
                }
            }
            #expect(server.requests.count == 3)
            #expect(clock.slept.isEmpty)
        }

        @Test func anIntervalKeepsPushesApart() async throws {
            let server = try LoopbackServer([Self.ok])
            defer { server.stop() }
            var settings = settings(server)
            settings.interval = .seconds(60)
            let exporter = try exporter(settings)
            clock.hold()
            try await running(exporter) {
                for _ in 0..<5 { await exporter.submit(await Registries.of("texts/6.1")) }
                try await eventually("a wait") { clock.slept == [.seconds(60)] }
                await exporter.submit(await Registries.of("texts/6.1"))
                #expect(await exporter.counts.pushes == 1)
                clock.release()
                try await eventually("the next push") { await exporter.counts.pushes == 2 }
            }
            // What was replaced meanwhile is not lost: nobody wanted it.
            #expect(await exporter.counts.lost == 0)
        }

        // MARK: Bad

        @Test func whatMaySucceedLaterIsTriedAgainAndTheLogSaysItOnce() async throws {
            let server = try LoopbackServer([
                .answer("503 Service Unavailable", fields: ["Retry-After: 7"], body: Array("tired\n".utf8)),
                .answer("429 Too Many Requests", fields: ["Retry-After: Sun, 06 Nov 1994 08:49:47 GMT"]),
                .answer("502 Bad Gateway"),
                .reset,
                .close,
                .garbage,
                .answer("504 Gateway Timeout", fields: ["Retry-After: 99999999"]),
                .answer("503 Service Unavailable", fields: ["Retry-After: soon"]),
                Self.ok,
            ])
            defer { server.stop() }
            let exporter = try exporter(settings(server))
            try await running(exporter) {
                await exporter.submit(await Registries.of("texts/6.12"))
                try await eventually("a push") { await exporter.counts.pushes == 1 }
            }
            // The clock stands at 8:49:37. Twice as long each time, or what the backend asks for, within a bound.
            #expect(clock.slept == [7, 10, 4, 8, 16, 30, 300, 30].map { .seconds($0) })
            #expect(server.requests.count == 9)
            #expect(Set(server.requests.map(\.body)).count == 1)
            #expect(await exporter.counts.failures == 8)
            #expect(await exporter.counts.lost == 0)
            #expect(
                log.news == [
                    "warning OpenTelemetry push fails; newer data is tried until it works "
                        + "detail=503 Service Unavailable: tired\\u{a}",
                    "notice OpenTelemetry push works again lost=0",
                ])
        }

        @Test func aRefusalIsFinalForThatCollection() async throws {
            let status: [UInt8] = [0x08, 0x03, 0x12, 0x03] + Array("bad".utf8)
            let server = try LoopbackServer([
                .answer("400 Bad Request", fields: ["Content-Type: application/x-protobuf"], body: status),
                .answer("401 Unauthorized", fields: ["Retry-After: 1"]),
                .answer("307 Temporary Redirect", fields: ["Location: http://127.0.0.1:1/"]),
                Self.ok,
            ])
            defer { server.stop() }
            let exporter = try exporter(settings(server))
            try await running(exporter) {
                for count in 1...3 {
                    await exporter.submit(await Registries.of("texts/6.1"))
                    try await eventually("refusal \(count)") { await exporter.counts.lost == count }
                }
                await exporter.submit(await Registries.of("texts/6.1"))
                try await eventually("a push") { await exporter.counts.pushes == 1 }
            }
            #expect(server.requests.count == 4)
            #expect(clock.slept.isEmpty)
            #expect(
                log.news == [
                    "warning OpenTelemetry push fails; newer data is tried until it works detail=400 Bad Request: bad",
                    "notice OpenTelemetry push works again lost=3",
                ])
        }

        @Test func aRefusalEndsARowOfFailures() async throws {
            let server = try LoopbackServer([
                .answer("503 Service Unavailable"), .answer("503 Service Unavailable"), .answer("400 Bad Request"),
                .answer("503 Service Unavailable"), Self.ok,
            ])
            defer { server.stop() }
            let exporter = try exporter(settings(server))
            try await running(exporter) {
                await exporter.submit(await Registries.of("texts/6.1"))
                try await eventually("a refusal") { await exporter.counts.lost == 1 }
                await exporter.submit(await Registries.of("texts/6.1"))
                try await eventually("a push") { await exporter.counts.pushes == 1 }
            }
            #expect(clock.slept == [1, 2, 1].map { .seconds($0) })
        }

        @Test func anAnswerWhoseHeaderIsTooLargeFails() async throws {
            let server = try LoopbackServer([
                .answer("200 OK", fields: ["X: " + String(repeating: "x", count: 20_000)]), Self.ok,
            ])
            defer { server.stop() }
            let exporter = try exporter(settings(server))
            try await running(exporter) {
                await exporter.submit(await Registries.of("texts/6.1"))
                try await eventually("a push") { await exporter.counts.pushes == 1 }
            }
            #expect(await exporter.counts.failures == 1)
        }

        @Test func aBackendThatIsGoneCostsNoMemoryAndNothingIsSentTwice() async throws {
            let server = try LoopbackServer([.answer("503 Service Unavailable"), Self.ok])
            defer { server.stop() }
            let exporter = try exporter(settings(server))
            clock.hold()
            let newest = await Registries.of("texts/6.1", collections: 2)
            try await running(exporter) {
                await exporter.submit(await Registries.of("texts/6.1"))
                try await eventually("a wait") { !clock.slept.isEmpty }
                for _ in 0..<100 { await exporter.submit(newest) }
                clock.release()
                try await eventually("a push") { await exporter.counts.pushes == 1 }
            }
            #expect(server.requests.count == 2)
            #expect(await exporter.counts.lost == 100)
            #expect(log.news.last == "notice OpenTelemetry push works again lost=100")
            // The second request is the newest collection, and not the first once more.
            let time = UInt64(((newest.last?.startedAt ?? 0) * 1e9).rounded())
            let points = try #require(
                try WireMessage(server.requests[1].body).messages(1).first?.messages(2).first?.messages(2).first?
                    .messages(7).first?.messages(1))
            #expect(points.map { $0[3] } == [.fixed64(time)])
        }

        @Test func aBackendThatHangsIsLeftAlone() async throws {
            let server = try LoopbackServer([.hang, Self.ok])
            defer { server.stop() }
            var settings = settings(server)
            settings.timeout = .seconds(2)
            let exporter = try exporter(settings)
            try await running(exporter) {
                await exporter.submit(await Registries.of("texts/6.1"))
                try await eventually("a push") { await exporter.counts.pushes == 1 }
            }
            #expect(await exporter.counts.failures >= 1)
            #expect(log.news.first?.hasSuffix("detail=no answer within 2.0 seconds") == true)
        }

        @Test func nobodyListens() async throws {
            let server = try LoopbackServer([Self.ok])
            server.stop()
            let exporter = try exporter(settings(server))
            clock.hold()
            try await running(exporter) {
                await exporter.submit(await Registries.of("texts/6.1"))
                try await eventually("a failure") { await exporter.counts.failures == 1 }
            }
            #expect(log.news.first?.contains("refused") == true)
        }

        @Test func anAnswerWithoutEndIsCutAndCounts() async throws {
            let server = try LoopbackServer([.endless])
            defer { server.stop() }
            let exporter = try exporter(settings(server))
            try await running(exporter) {
                await exporter.submit(await Registries.of("texts/6.1"))
                try await eventually("a push") { await exporter.counts.pushes == 1 }
            }
            #expect(log.news.isEmpty)
            // The bound, and what fits into the sockets' buffers.
            #expect(server.bytesSent < 32 << 20)
        }

        @Test func whatABackendSaysOfASuccessIsHeard() async throws {
            let partial: [UInt8] = [0x0A, 0x07, 0x08, 0xAC, 0x02, 0x12, 0x02] + Array("no".utf8)
            let protobuf = ["Content-Type: application/x-protobuf"]
            let server = try LoopbackServer([
                .answer("200 OK", fields: protobuf, body: [0xFF, 0xFF, 0xFF]),
                .answer("200 OK", fields: ["Content-Type: text/html"], body: Array("<html>".utf8)),
                .answer("200 OK", fields: protobuf, body: partial),
                .answer("200 OK", fields: protobuf, body: partial),
                Self.ok,
            ])
            defer { server.stop() }
            let exporter = try exporter(settings(server))
            try await running(exporter) {
                for count in 1...5 {
                    await exporter.submit(await Registries.of("texts/6.1"))
                    try await eventually("push \(count)") { await exporter.counts.pushes == count }
                }
            }
            #expect(await exporter.counts.rejectedPoints == 600)
            #expect(await exporter.counts.failures == 0)
            #expect(log.news == ["warning OpenTelemetry backend took a part only detail=no rejected=300"])
        }

        // MARK: The end

        @Test func atTheEndTheNewestIsSentOnceMore() async throws {
            let server = try LoopbackServer([.answer("503 Service Unavailable"), Self.ok])
            defer { server.stop() }
            let exporter = try exporter(settings(server))
            clock.hold()
            let group = ServiceGroup(services: [exporter], logger: log.logger)
            async let run: Void = group.run()
            await exporter.submit(await Registries.of("texts/6.1"))
            try await eventually("a wait") { !clock.slept.isEmpty }
            await exporter.submit(await Registries.of("texts/6.1"))
            await group.triggerGracefulShutdown()
            try await run
            #expect(await exporter.counts.pushes == 1)
            #expect(server.requests.count == 2)
        }

        @Test func theEndDoesNotWaitForABackendThatHangs() async throws {
            let server = try LoopbackServer([.hang])
            defer { server.stop() }
            var settings = settings(server)
            settings.timeout = .seconds(1)
            let exporter = try exporter(settings)
            let group = ServiceGroup(services: [exporter], logger: log.logger)
            async let run: Void = group.run()
            await exporter.submit(await Registries.of("texts/6.1"))
            try await eventually("a request") { !server.requests.isEmpty }
            await group.triggerGracefulShutdown()
            try await run
            #expect(await exporter.counts.pushes == 0)
            #expect(log.news.last == "notice OpenTelemetry push ends without having worked again lost=1")
        }

        // MARK: Refused at once

        @Test(arguments: ["collector:4318", "ftp://host", "http://", "http://host:0/", "http://u:p@host", "http://a b"])
        func aWrongEndpointIsAnErrorAtTheStart(_ url: String) {
            #expect(throws: OTLPSettingsError.self) { try exporter(OTLPSettings(endpoint: url)) }
        }

        @Test func aHeaderThatIsNoneIsAnErrorAtTheStart() {
            var settings = OTLPSettings(endpoint: "http://host")
            settings.headers = [OTLPSettings.Header("x", "1\r\ny: 2")]
            #expect(throws: OTLPSettingsError.self) { try exporter(settings) }
        }

        #if TLS
            @Test func filesForTLSAreReadAtTheStart() throws {
                var settings = OTLPSettings(endpoint: "https://host")
                _ = try exporter(settings)
                settings.certificateFile = "/nonexistent.pem"
                let error = #expect(throws: OTLPSettingsError.self) { try exporter(settings) }
                #expect(error?.name == "OTLP certificate")
                settings.certificateFile = nil
                settings.clientCertificateFile = "/nonexistent.pem"
                let missing = #expect(throws: OTLPSettingsError.self) { try exporter(settings) }
                #expect(missing?.name == "OTLP client key")
            }
        #else
            @Test func withoutTLSAnEncryptedEndpointIsAnErrorAtTheStart() {
                let error = #expect(throws: OTLPSettingsError.self) {
                    try exporter(OTLPSettings(endpoint: "https://host"))
                }
                #expect(error?.reason.contains("built without it") == true)
            }
        #endif
    }
#endif
