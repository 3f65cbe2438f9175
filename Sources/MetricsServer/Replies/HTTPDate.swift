internal import Glibc
internal import LinuxSystem
internal import Synchronization

/// The time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
enum HTTPDate {
    /// Written once a second, however many replies say it.
    private static let newest = Mutex<(second: Int, text: String)>((-1, ""))

    /// The present second.
    static var now: String {
        let second = Int(MonotonicTime.wallClockSeconds)
        return newest.withLock { newest in
            if newest.second != second { newest = (second, text(second)) }
            return newest.text
        }
    }

    /// A time in seconds since 1970.
    static func text(_ seconds: Int) -> String {
        var (time, parts) = (time_t(seconds), tm())
        gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits).joined(separator: ":")
        return "\(days[Int(parts.tm_wday)]), \(twoDigits(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
            + "\(parts.tm_year + 1900) \(clock) GMT"
    }

    private static func twoDigits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
