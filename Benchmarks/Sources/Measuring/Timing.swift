import Glibc

/// How long something takes, in milliseconds, and what it answers.
public func timed<Value>(_ body: () throws -> Value) rethrows -> (milliseconds: Double, value: Value) {
    let start = now()
    let value = try body()
    return (now() - start, value)
}

private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

extension [Double] {
    /// The one in the middle.
    public var median: Double { sorted()[count / 2] }
}
