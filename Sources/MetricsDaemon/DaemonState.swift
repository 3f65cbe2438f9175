internal import EBPFMetrics
internal import Logging
internal import Settings
internal import Synchronization

/// What the parts of a daemon share: the settings in force, and what it found out at its start.
final class DaemonState: Sendable {
    let privileges: PrivilegeReduction
    let diagnosis: Diagnosis
    private let current: Mutex<Settings>

    init(settings: Settings, privileges: PrivilegeReduction, logger: Logger) {
        self.privileges = privileges
        diagnosis = Diagnosis(logger: logger)
        current = Mutex(settings)
    }

    /// The settings in force.
    var settings: Settings {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

/// Diagnoses, one at a time: a diagnosis is a collection of everything, and callers meanwhile share it.
actor Diagnosis {
    private let logger: Logger
    private var inFlight: Task<DoctorReport, Never>?

    init(logger: Logger) {
        self.logger = logger
    }

    func report(_ settings: Settings) async -> DoctorReport {
        if let inFlight { return await inFlight.value }
        let logger = logger
        let task = Task { await DoctorReport.diagnose(settings.collector, logger: logger) }
        inFlight = task
        let report = await task.value
        inFlight = nil
        return report
    }
}
