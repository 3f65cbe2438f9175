import KernelObjects
import LinuxSystem
import ObjectInventory

/// Decides whether a total that is only a lower bound may stand in the same series as the totals before it.
///
/// When a source is lost, the totals fall, and when it is found again they rise: `increase()` would take that for
/// growth of the maps. So a total that is told by less than before is absent for a while, longer than the windows of
/// the usual alerts; then it is shown as the lower bound that it is. What is exact is always shown.
struct TotalVisibility: Sendable {
    /// How long a wider view is remembered.
    static let memory: Duration = .seconds(15 * 60)

    private var widest: View?
    private var seenAt = MonotonicTime.now
    private(set) var isShown = false

    /// What a total rests on.
    private struct View {
        let isExact: Bool
        let sources: SourceSet

        func isNarrower(than other: View) -> Bool {
            !isExact && (other.isExact || !sources.isSuperset(of: other.sources))
        }
    }

    /// Takes the next total, told by these sources.
    mutating func record(_ amount: Amount, by sources: SourceSet, at time: MonotonicTime = .now) {
        guard amount != .unknown else {
            isShown = false
            return
        }
        let view = View(isExact: amount.isExact, sources: sources)
        if let widest, view.isNarrower(than: widest), time < seenAt.adding(Self.memory) {
            isShown = false
            return
        }
        widest = view
        seenAt = time
        isShown = true
    }
}
