import KernelObjects
import KernelSources
import Logging
import ObjectInventory

/// What a collection writes to the log: a line for each thing that went wrong, and at debug level everything seen.
struct CollectionLog {
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// One object that was left out, or one error.
    func log(_ event: ScanEvent) {
        let level: Logger.Level =
            switch event.reason {
            // Everyday: objects come and go, and rights are what they are; both are counted.
            case .vanished, .permission: .debug
            case .unsafe, .deadline: .info
            case .malformed, nil: .warning
            }
        logger.log(
            level: level, "object left out",
            metadata: [
                "source": "\(event.source.name)", "place": "\(event.place)",
                "reason": "\(event.reason?.name ?? "error")", "detail": "\(event.detail)",
            ])
    }

    /// A whole collection.
    func log(_ collection: Snapshot) {
        for report in collection.reports {
            if let failure = report.failure {
                logger.warning("source failed", metadata: ["source": "\(report.source.name)", "detail": "\(failure)"])
            }
        }
        if collection.hitMemoryLimit {
            logger.notice(
                "memory limit reached, details were cut",
                metadata: [
                    "limit": "\(collection.limitBytes)",
                    "held": "\(collection.heldBytes)",
                ])
        }
        guard logger.logLevel <= .debug else { return }
        for program in collection.inventory.programs {
            logger.debug(
                "program discovered",
                metadata: [
                    "id": "\(program.id)", "name": "\(program.name.map { "\($0)" } ?? "unknown")",
                    "type": "\(program.type.map { "\($0)" } ?? "unknown")",
                    "memlock": "\(program.memlock.map { "\($0)" } ?? "unknown")",
                    "maps": "\(program.mapIDs.map { "\($0)" } ?? "unknown")",
                ])
        }
        for map in collection.inventory.maps {
            logger.debug(
                "map discovered",
                metadata: [
                    "id": "\(map.id)", "name": "\(map.name.map { "\($0)" } ?? "unknown")",
                    "type": "\(map.type.map { "\($0)" } ?? "unknown")",
                    "memlock": "\(map.memlock.map { "\($0)" } ?? "unknown")",
                ])
        }
        logger.debug(
            "filter",
            metadata: [
                "prefixes": "\(collection.inventory.filter.prefixes)",
                "other_prefix": "\(collection.totals.programsWithOtherPrefix)",
                "name_unknown": "\(collection.totals.programsWithUnknownName)",
            ])
        logger.debug(
            "collection done",
            metadata: [
                "programs": "\(collection.totals.programs)", "program_memory": "\(collection.totals.programMemory)",
                "maps": "\(collection.totals.maps)", "map_memory": "\(collection.totals.mapMemory)",
                "complete": "\(collection.complete.facts.map(\.name))", "duration": "\(collection.duration)",
                "held_bytes": "\(collection.heldBytes)",
                "peak_bytes": "\(collection.peakBytes)",
            ])
    }
}
