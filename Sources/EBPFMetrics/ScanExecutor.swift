internal import Dispatch

/// A thread's worth of executor: scans block in system calls, and must not keep the cooperative threads from others.
final class ScanExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "ebpf-metrics.scan")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
