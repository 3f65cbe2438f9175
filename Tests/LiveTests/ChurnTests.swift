import EBPFMetrics
import Foundation
import Glibc
import KernelSources
import ObjectInventory
import TestSupport
import Testing

/// Collecting while objects come and go as fast as two processes can make them.
@Suite(.serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason))
struct ChurnTests {
    private func openFDs() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }

    @Test(.timeLimit(.minutes(5))) func onlyVanishedObjectsAreCountedInAThousandCollections() async throws {
        let churners = (0..<2).map { _ in
            let process = Process()
            process.executableURL = URL(filePath: Program.workloadPath)
            process.arguments = ["--churn", "600"]
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
        _ = await collector.collect()
        let before = try openFDs()
        for _ in 0..<1000 {
            let snapshot = await collector.collect()
            #expect(snapshot.errorCount == 0)
            #expect(snapshot.complete.isSuperset(of: .objects))
            for report in snapshot.reports {
                #expect(report.outcome == .finished)
                vanished += report.skipped[.vanished]
                for reason in [SkipReason.malformed, .unsafe, .deadline] { #expect(report.skipped[reason] == 0) }
            }
        }
        #expect(try openFDs() == before)
        #expect(vanished > 0, "nothing vanished: the churn was too slow to prove anything")
    }
}
