internal import EBPFMetrics
internal import KernelSources
internal import LinuxSystem
internal import Logging
internal import Settings
internal import Synchronization

/// What the parts of a daemon share: the settings in force, and what it found out at its start.
final class DaemonState: Sendable {
    let privileges: PrivilegeReduction
    let diagnosis: Diagnosis
    private let current: Mutex<Settings>

    init(
        settings: Settings, privileges: PrivilegeReduction, logger: Logger, host: any Host = LiveHost()
    ) {
        self.privileges = privileges
        diagnosis = Diagnosis(logger: logger, host: host)
        current = Mutex(settings)
    }

    /// The settings in force.
    var settings: Settings {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

/// Diagnoses, one at a time and not too often: a diagnosis is a collection of everything. Callers share it.
actor Diagnosis {
    private let logger: Logger
    private let host: any Host
    private var newest: Task<DoctorReport, Never>?
    private var begun = MonotonicTime.now
    private static let lifetime: Duration = .seconds(5)

    init(logger: Logger, host: any Host) {
        self.logger = logger
        self.host = host
    }

    func report(_ settings: Settings) async -> DoctorReport {
        if let newest, MonotonicTime.now.since(begun) < Self.lifetime { return await newest.value }
        let (logger, host) = (logger, host)
        let task = Task {
            await DoctorReport.diagnose(
                settings.collector, logger: logger, maxMemoryBytes: settings.collector.maxMemoryBytes, on: host)
        }
        (newest, begun) = (task, .now)
        return await task.value
    }
}
