#if OTLP
    import OTLPExport
    import Testing

    @Suite struct RetryPolicyTests {
        @Test func onlyTheseStatusesAreTriedAgain() {
            #expect((100...599).filter { RetryPolicy.isRetryable(status: UInt($0)) } == [429, 502, 503, 504])
        }

        @Test(arguments: [(1, 0.0, 1.0), (2, 0, 2), (3, 0, 4), (5, 0, 16), (6, 0, 30), (1000, 0, 30), (3, 0.5, 3)])
        func waitsDoubleUpToABound(_ failures: Int, _ jitter: Double, _ seconds: Double) {
            #expect(
                RetryPolicy.wait(afterFailures: failures, jitter: jitter, retryAfter: nil) == .seconds(seconds))
        }

        @Test func aBackendMayAskForMoreButNotForEver() {
            func wait(_ retryAfter: Duration) -> Duration {
                RetryPolicy.wait(afterFailures: 3, jitter: 0, retryAfter: retryAfter)
            }
            #expect(wait(.zero) == .seconds(4))
            #expect(wait(.seconds(20)) == .seconds(20))
            #expect(wait(.seconds(86_400)) == .seconds(300))
        }

        @Test(
            arguments: [
                ("0", 0), ("120", 120), ("18446744073709551615", 86_400),
                ("Sun, 06 Nov 1994 08:49:47 GMT", 10), ("Sun, 06 Nov 1994 08:49:27 GMT", 0),
                ("Mon, 07 Nov 1994 08:49:37 GMT", 86_400), ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
                ("", nil), ("-1", nil), ("1.5", nil), ("soon", nil), ("Sun, 06 Nov 1994 08:49:47 CET", nil),
                ("Sun, 06 Nov 1994 25:49:47 GMT", nil), ("Sun, 6 November 1994 08:49:47 GMT", nil),
                ("99999999999999999999999999", nil),
            ] as [(String, Int?)])
        func retryAfter(_ field: String, _ seconds: Int?) {
            #expect(RetryPolicy.retryAfter(field, now: 784_111_777) == seconds.map { .seconds($0) })
        }
    }
#endif
