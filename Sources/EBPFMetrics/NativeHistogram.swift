internal import Glibc

/// The exponential buckets of a Prometheus native histogram, for values that are not negative.
///
/// With schema `s`, bucket `i` holds the values above 2^((i-1)/2^s), up to and with 2^(i/2^s).
public struct NativeHistogram: Sendable, Equatable {
    /// How fine the buckets are: each is 2^(1/2^schema) times as wide as the one below it. Falls when the values
    /// spread so far that there would be too many buckets.
    public private(set) var schema: Int32 = 3
    /// Values up to this are counted as zero.
    public static let zeroThreshold = 0x1p-128
    /// How many values were zero.
    public private(set) var zeroCount: UInt64 = 0
    /// The buckets that hold something, by rising index.
    public private(set) var buckets: [Bucket] = []

    /// The most buckets to keep.
    static let mostBuckets = 160

    /// A bucket with values in it.
    public struct Bucket: Sendable, Equatable {
        /// Its index under the schema.
        public var index: Int32
        /// How many values it holds.
        public var count: UInt64
    }

    /// An empty histogram.
    public init() {}

    mutating func record(_ value: Double) {
        guard value > Self.zeroThreshold, value.isFinite else {
            zeroCount += 1
            return
        }
        add(Bucket(index: index(of: value), count: 1))
        while buckets.count > Self.mostBuckets, schema > -4 { coarsen() }
    }

    private func index(of value: Double) -> Int32 {
        // A power of two is a bucket's upper bound; rounding in the logarithm must not move it.
        let isPower = value.significand == 1
        let exponent = Int32(value.exponent)
        guard schema < 0 else {
            let width = exp2(Double(schema))
            return exponent << schema + (isPower ? 0 : Int32((log2(value.significand) * width).rounded(.up)))
        }
        return (exponent + (isPower ? 0 : 1) + (1 << -schema) - 1) >> -schema
    }

    private mutating func add(_ bucket: Bucket) {
        let place = buckets.firstIndex { $0.index >= bucket.index } ?? buckets.count
        if place < buckets.count, buckets[place].index == bucket.index {
            buckets[place].count += bucket.count
        } else {
            buckets.insert(bucket, at: place)
        }
    }

    /// Makes one bucket of each two.
    private mutating func coarsen() {
        let fine = buckets
        buckets.removeAll(keepingCapacity: true)
        schema -= 1
        // Rounded up, since the upper bound is what belongs to a bucket.
        for bucket in fine { add(Bucket(index: (bucket.index + 1) >> 1, count: bucket.count)) }
    }
}
