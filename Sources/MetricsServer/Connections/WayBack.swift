internal import NIOCore
internal import Synchronization

/// The way from a site's tasks back to the event loop, until that ends. The site is not waited for: a reply that comes
/// later has no connection any more, and must not touch a loop that is shut down.
final class WayBack: Sendable {
    private let isOpen = Mutex(true)

    /// Has something done on the loop; nothing, once the way is shut.
    func execute(on loop: any EventLoop, _ work: @escaping @Sendable () -> Void) {
        isOpen.withLock { if $0 { loop.execute(work) } }
    }

    /// Before the loop ends.
    func shut() {
        isOpen.withLock { $0 = false }
    }
}
