import EBPFMetrics
import Foundation
import Glibc
import KernelSources
import ObjectInventory
import TestSupport
import Testing

/// Collecting while objects come and go as fast as two processes can make them.
@Suite(
    .serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason),
    .enabled(if: Rights.hasLibbpf, Rights.libbpfReason))
struct ChurnTests {
    private static let rounds = 1000

    /// Our open fds of the kind that a scan opens; the runtime's own come and go.
    private func scanFDs() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
            .filter {
                $0.hasPrefix("anon_inode:bpf") || $0.hasPrefix("anon_inode:[pidfd]") || $0.hasPrefix("/proc/")
                    || $0.hasPrefix("/sys/")
            }
            // Foundation's own look at this directory.
            .filter { !$0.hasSuffix("/fd") }
    }

    @Test(.timeLimit(.minutes(20))) func onlyVanishedObjectsAreCounted() async throws {
        let churners = (0..<2).map { _ in
            let process = Process()
            process.executableURL = URL(filePath: Program.workloadPath)
            process.arguments = ["--churn", "1200"]
            process.standardInput = Pipe()
            process.standardOutput = Pipe()
            return process
        }
        for churner in churners { try churner.run() }
        defer {
            for churner in churners {
                churner.terminate()
                churner.waitUntilExit()
            }
        }
        var configuration = CollectorConfiguration.all
        configuration.collectsHolders = true
        let collector = EBPFMetricsCollector(configuration: configuration)
        var vanished: UInt64 = 0
        for _ in 0..<Self.rounds {
            let snapshot = await collector.collect()
            #expect(snapshot.errorCount == 0)
            #expect(snapshot.complete.isSuperset(of: .objects))
            for report in snapshot.reports {
                #expect(report.outcome == .finished)
                vanished += report.skipped[.vanished]
                for reason in [SkipReason.malformed, .unsafe, .deadline] { #expect(report.skipped[reason] == 0) }
            }
        }
        #expect(try scanFDs() == [])
        #expect(vanished > 0, "nothing vanished: the churn was too slow to prove anything")
    }
}
