/// A histogram of durations in milliseconds: with fixed bounds, and with the exponential ones of a native histogram.
public struct DurationHistogram: Sendable, Equatable {
    /// The upper bounds of the fixed buckets, each inclusive.
    public static let bounds: [Double] = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]
    /// How many values fell into each fixed bucket, with one more for those above the last bound.
    public private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// The same values in exponential buckets.
    public private(set) var native = NativeHistogram()
    /// The sum of all values.
    public private(set) var sum = 0.0

    /// An empty histogram.
    public init() {}

    /// How many values there are.
    public var count: UInt64 { counts.reduce(0, +) }

    mutating func record(_ milliseconds: Double) {
        let bucket = Self.bounds.firstIndex { milliseconds <= $0 } ?? Self.bounds.count
        counts[bucket] += 1
        native.record(milliseconds)
        sum += milliseconds
    }
}
