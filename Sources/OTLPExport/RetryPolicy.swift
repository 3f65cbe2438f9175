#if OTLP
    internal import Glibc

    /// When a push is tried again, as the specification of OTLP/HTTP has it.
    package enum RetryPolicy {
        /// However long a backend asks to be left alone, it is asked again after this.
        package static let longestWait = Duration.seconds(300)
        private static let firstWait = 1.0
        private static let longestBackOff = 30.0

        /// Whether the same request may succeed later.
        package static func isRetryable(status: UInt) -> Bool {
            [429, 502, 503, 504].contains(status)
        }

        /// How long to wait after so many failures in a row, at least 1: twice as long each time, shortened at random by up
        /// to a half so that not all hosts come back at once; longer when the backend asks for it.
        package static func wait(afterFailures failures: Int, jitter: Double, retryAfter: Duration?) -> Duration {
            let backOff = min(firstWait * exp2(Double(min(failures, 30) - 1)), longestBackOff)
            let wait = Duration.seconds(backOff * (1 - jitter / 2))
            return max(wait, min(retryAfter ?? .zero, longestWait))
        }

        /// What a field `Retry-After` asks for: a number of seconds, or a date (RFC 9110, 10.2.3).
        package static func retryAfter(_ field: String, now: Double) -> Duration? {
            if let seconds = UInt64(field) { return .seconds(Int64(clamping: min(seconds, 86_400))) }
            guard let date = seconds(ofDate: field) else { return nil }
            return .seconds(min(max(date - now, 0), 86_400))
        }

        /// `Sun, 06 Nov 1994 08:49:37 GMT` in seconds since 1970. The two forms that are obsolete are not understood.
        private static func seconds(ofDate text: String) -> Double? {
            let parts = text.split { $0 == " " || $0 == ":" }
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            guard parts.count == 8, parts[7] == "GMT", let day = Int32(parts[1]), (1...31).contains(day),
                let month = months.firstIndex(of: String(parts[2])), let year = Int32(parts[3]),
                (1970...9999).contains(year), let hour = Int32(parts[4]), (0...23).contains(hour),
                let minute = Int32(parts[5]), (0...59).contains(minute), let second = Int32(parts[6]),
                (0...60).contains(second)
            else { return nil }
            var time = tm()
            time.tm_year = year - 1900
            time.tm_mon = Int32(month)
            time.tm_mday = day
            time.tm_hour = hour
            time.tm_min = minute
            time.tm_sec = second
            return Double(timegm(&time))
        }
    }
#endif
