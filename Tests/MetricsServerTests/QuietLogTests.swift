import Testing

@testable import MetricsServer

@Suite struct QuietLogTests {
    @Test func aKindIsToldOfOnceAndThenWithItsCount() async throws {
        let log = TestLog()
        let quiet = QuietLog(logger: log.logger, silence: .milliseconds(300))
        for number in 0..<5 { quiet.note(.tls, peer: "10.0.0.1", "case \(number)") }
        quiet.note(.busy)
        let first = [
            "notice: TLS handshakes failed count=1 detail=case 0 peer=10.0.0.1",
            "notice: passwords were not checked, too many are waiting count=1",
        ]
        #expect(log.lines == first)
        try await Task.sleep(for: .milliseconds(310))
        quiet.note(.tls, peer: "10.0.0.2")
        #expect(log.lines == first + ["notice: TLS handshakes failed count=5 peer=10.0.0.2"])
    }
}
