import EBPFMetrics
import Exposition
import Foundation
import KernelSources
import Logging
import TestSupport
import Testing

@testable import Recordings

/// Recordings of real kernels, replayed as if with fewer rights: what comes out is what the collector printed there, byte
/// for byte but for time, and what the workload's own list says. No root, no bpf(2), no libbpf.
@Suite struct KernelFixtureTests {
    @Test func thereAreKernels() {
        #expect(RecordedKernel.all.map(\.name) == ["5.10", "6.1", "6.12", "6.18", "7.3"])
    }

    @Test(arguments: RecordedKernel.all) func everyRowSaysWhatItSaidThere(_ kernel: RecordedKernel) async throws {
        let facts = KernelFacts(ofGuest: try String(contentsOfFile: kernel.facts, encoding: .utf8))
        var recordings: [String: Recording] = [:]
        for row in RecordedKernel.rows {
            let place = "\(kernel), \(row.name)"
            let recorder = try #require(row.recordedBy)
            let recording = try recordings[recorder.slug] ?? Recording(from: kernel.recording(recorder))
            recordings[recorder.slug] = recording
            let host = try ReplayedHost(recording, assuming: try row.assumed.map { try Identity($0) })
            let collected = await collect(on: host)
            let golden = try String(contentsOfFile: kernel.golden("collect", row), encoding: .utf8)
            #expect(RecordedKernel.timeless(collected) == golden, "\(place)")
            let doctor = await diagnose(on: host)
            let goldenDoctor = try String(contentsOfFile: kernel.golden("doctor", row), encoding: .utf8)
            #expect(RecordedKernel.timeless(doctor) == goldenDoctor, "\(place)")
            #expect(host.gaps == [], "\(place)")
            // And it is what the workload says it made, which knows nothing of us.
            // One map is held by a descriptor and by a pin of a hostile name, which a manifest cannot say.
            let made = try Manifest.objects(String(contentsOfFile: kernel.manifest(row), encoding: .utf8)).filter {
                $0["name"].string?.contains("\u{FFFD}") != true
            }
            let comparison = PrivilegeComparison(
                row, on: facts, made: made, seen: try JSON(Data(collected.utf8)), alone: false)
            #expect(comparison.made.maps > 160 && comparison.made.programs >= 80)
            #expect(comparison.differences == [], "\(place)")
        }
    }

    private func collect(on host: ReplayedHost) async -> String {
        var configuration = CollectorConfiguration.all
        configuration.collectsHolders = true
        configuration.resolvesFullNames = true
        configuration.fullInterval = .zero
        configuration.paths = host.recording.about.paths
        let collector = EBPFMetricsCollector(
            configuration: configuration, logger: Self.logger, metrics: nil, host: host)
        var text: [UInt8] = []
        SnapshotJSON.write(await collector.collect()) { text += $0 }
        return String(decoding: text, as: UTF8.self)
    }

    private func diagnose(on host: ReplayedHost) async -> String {
        var configuration = CollectorConfiguration.production
        configuration.paths = host.recording.about.paths
        let report = await DoctorReport.diagnose(
            configuration, logger: Self.logger, maxMemoryBytes: CollectorConfiguration.all.maxMemoryBytes, on: host)
        var text: [UInt8] = []
        DoctorJSON.write(report) { text += $0 }
        return String(decoding: text, as: UTF8.self)
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
