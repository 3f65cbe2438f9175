import KernelObjects
import LinuxSystem
import ObjectInventory
import Testing

@testable import EBPFMetrics

@Suite struct TotalVisibilityTests {
    private let start = MonotonicTime.now
    private let ids = SourceSet(.libbpf)
    private let files: SourceSet = [SourceSet(.procfs), SourceSet(.bpffs)]

    private func shown(_ steps: [(Amount, SourceSet, minutes: Int)]) -> [Bool] {
        var visibility = TotalVisibility()
        return steps.map { amount, sources, minutes in
            visibility.record(amount, by: sources, at: start.adding(Duration.seconds(minutes * 60)))
            return visibility.isShown
        }
    }

    @Test func aSourceThatIsLostAndFoundLeavesAGap() {
        // Not a fall to 30 and a rise to 100, which increase() would take for growth.
        #expect(
            shown([(.exact(100), ids, 0), (.atLeast(30), files, 1), (.unknown, [], 2), (.exact(100), ids, 3)])
                == [true, false, false, true])
    }

    @Test func whatIsLostForLongIsShownAsTheLowerBoundItIs() {
        #expect(
            shown([
                (.exact(100), ids, 0), (.atLeast(30), files, 14), (.atLeast(30), files, 15), (.atLeast(31), files, 16),
            ])
                == [true, false, true, true])
    }

    @Test func alwaysTheSameLittleIsShownFromTheFirstTimeOn() {
        #expect(shown([(.atLeast(30), files, 0), (.atLeast(20), files, 1)]) == [true, true])
    }

    @Test func oneOfTwoPartialSourcesLostIsALossToo() {
        #expect(
            shown([(.atLeast(30), files, 0), (.atLeast(10), SourceSet(.procfs), 1), (.atLeast(30), files, 2)])
                == [true, false, true])
    }

    @Test func whatIsExactIsAlwaysShown() {
        #expect(shown([(.atLeast(30), files, 0), (.exact(0), ids, 1), (.exact(5), ids, 2)]) == [true, true, true])
    }
}
