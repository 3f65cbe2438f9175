import Testing

@testable import EBPFMetrics

@Suite struct NativeHistogramTests {
    private func histogram(_ values: [Double]) -> NativeHistogram {
        values.reduce(into: NativeHistogram()) { $0.record($1) }
    }

    @Test(
        arguments: [
            // The upper bound belongs to the bucket: with schema 3, bucket i ends at 2^(i/8).
            (1.0, 0), (1.0001, 1), (2.0, 8), (2.0001, 9), (0.5, -8), (0.51, -7), (1024, 80), (3, 13),
        ] as [(Double, Int32)])
    func aValueFallsIntoItsBucket(_ value: Double, _ index: Int32) {
        #expect(histogram([value]).buckets == [NativeHistogram.Bucket(index: index, count: 1)])
    }

    @Test func zeroHasItsOwn() {
        let histogram = histogram([0, 0, 1])
        #expect(histogram.zeroCount == 2)
        #expect(histogram.buckets == [NativeHistogram.Bucket(index: 0, count: 1)])
    }

    @Test func bucketsAreSortedAndCountUp() {
        let histogram = histogram([8, 1, 8, 4, 1])
        #expect(histogram.buckets.map(\.index) == [0, 16, 24])
        #expect(histogram.buckets.map(\.count) == [2, 1, 2])
    }

    @Test func tooManyBucketsAreMadeCoarser() {
        // 201 powers of two: of schema 0 each has a bucket of its own, which is too many.
        let histogram = histogram((-100...100).map { $0 < 0 ? 1 / power(-$0) : power($0) })
        #expect(histogram.schema == -1)
        // 2^-100 alone in bucket -50; then two a bucket: (2^-100, 2^-98] and so on.
        #expect(histogram.buckets.map(\.index) == Array(-50...50))
        #expect(histogram.buckets.map(\.count) == [1] + [UInt64](repeating: 2, count: 100))
    }

    private func power(_ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { value, _ in value * 2 }
    }
}
