internal import EBPFMetrics
internal import Logging
internal import MetricsServer
internal import ServiceLifecycle

/// Tells systemd when the daemon is ready, that it is alive, and that it stops.
struct ManagerService: Service {
    let manager: ServiceManager
    let keeper: CollectionKeeper
    let logger: Logger

    func run() async throws {
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown {
                // Ready is who can answer a scrape.
                let pages = await keeper.pages(notOlderThan: nil)
                tell(.ready, .status(pages.registry.last?.isComplete == true ? "complete" : "partial"))
                guard let interval = manager.watchdogInterval else { return await sleepForEver() }
                while !Task.isCancelled {
                    // Asked of the keeper, which a collection that hangs does not stop, but a deadlock does.
                    _ = await keeper.newest
                    tell(.watchdog)
                    try? await Task.sleep(for: interval / 2)
                }
            }
        } onGracefulShutdown: {
            tell(.stopping)
        }
    }

    private func sleepForEver() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(86_400)) }
    }

    private func tell(_ notices: ServiceManager.Notice...) {
        for notice in notices {
            do {
                try manager.notify(notice)
            } catch {
                logger.debug("systemd did not take a notice", metadata: ["error": "\(error)"])
            }
        }
    }
}
