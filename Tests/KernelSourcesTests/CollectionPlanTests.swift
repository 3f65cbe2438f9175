import KernelObjects
import LinuxSystem
import ObjectInventory
import Synchronization
import TestSupport
import Testing

@testable import KernelSources

@Suite struct CollectionPlanTests {
    private func plan(
        _ verdicts: [SourceKind: SourceAssessment.Verdict], holders: Bool = false, pins: Bool = false,
        forced: [SourceKind]? = nil
    ) -> CollectionPlan {
        CollectionPlan(
            assessments: SourceKind.allCases.map { SourceAssessment($0, verdicts[$0] ?? .unavailable) },
            wantsHolders: holders, wantsPins: pins, forced: forced)
    }

    @Test func aCompleteSourceIsEnough() {
        let verdicts: [SourceKind: SourceAssessment.Verdict] = [
            .libbpf: .complete, .procfs: .partial, .bpffs: .partial,
        ]
        #expect(plan(verdicts).sources == [.libbpf])
        #expect(plan(verdicts).fallbacks == [.procfs, .bpffs])
        #expect(plan(verdicts, holders: true, pins: true).sources == [.libbpf, .procfs, .bpffs])
    }

    @Test func withoutOneAllPartialOnesRun() {
        #expect(plan([.procfs: .partial, .bpffs: .partial]).sources == [.procfs, .bpffs])
        #expect(plan([:]).sources == [])
    }

    @Test func theUserMayChoose() {
        let plan = plan([.libbpf: .complete, .procfs: .partial], forced: [.bpffs, .procfs])
        #expect(plan.sources == [.procfs, .bpffs])
        #expect(plan.fallbacks == [] && plan.isForced)
    }

    /// Calls that answer for three programs out of nine, then refuse: a right that is lost in the middle.
    private final class LostRight: ObjectCalls {
        let source = SourceKind.libbpf
        private let opened = Atomic(0)

        func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID {
            if opened.load(ordering: .relaxed) == 3 { throw .notPermitted }
            guard kind == .program, id < 9 else { throw .notFound }
            return id + 1
        }

        func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor {
            opened.add(1, ordering: .relaxed)
            return try FileDescriptor.open("/dev/null", .read)
        }

        func open(pin: borrowing FileDescriptor, readOnly: Bool) throws(Errno) -> FileDescriptor { throw .notFound }
        func kind(of fd: Int32) -> ObjectKind? { .program }

        func programInfo(
            _ fd: Int32, mapIDs room: UnsafeMutableBufferPointer<ObjectID>
        ) throws(Errno) -> ProgramInfo {
            ProgramInfo(program: BPFProgram(id: 7, source: .libbpf), mapCount: 0)
        }

        func mapInfo(_ fd: Int32) throws(Errno) -> BPFMap { throw .notFound }
        func functionName(ofProgram: Int32, _: inout BTFRoom) throws(Errno) -> String { throw .notFound }
        func linkInfo(_ fd: Int32) throws(Errno) -> BPFLink { throw .notFound }
    }

    /// Calls whose ids never rise: a kernel that would keep us for ever.
    private struct NoProgress: ObjectCalls {
        let source = SourceKind.libbpf
        func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID { 5 }
        func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor { throw .notFound }
        func open(pin: borrowing FileDescriptor, readOnly: Bool) throws(Errno) -> FileDescriptor { throw .notFound }
        func kind(of fd: Int32) -> ObjectKind? { nil }

        func programInfo(
            _ fd: Int32, mapIDs room: UnsafeMutableBufferPointer<ObjectID>
        ) throws(Errno) -> ProgramInfo { throw .notFound }

        func mapInfo(_ fd: Int32) throws(Errno) -> BPFMap { throw .notFound }
        func functionName(ofProgram: Int32, _: inout BTFRoom) throws(Errno) -> String { throw .notFound }
        func linkInfo(_ fd: Int32) throws(Errno) -> BPFLink { throw .notFound }
    }

    /// Calls of a host where somebody makes a map for each one that is looked at, and where older ones have gone.
    private final class Growing: ObjectCalls {
        let source = SourceKind.libbpf
        private let newest = Atomic<ObjectID>(1_000_040)

        func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID {
            guard kind == .map else { throw .notFound }
            let newest = newest.add(1, ordering: .relaxed).newValue
            let next = max(id + 1, 1_000_031)
            if next > newest { throw .notFound }
            return next
        }

        func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor {
            try FileDescriptor.open("/dev/null", .read)
        }

        func open(pin: borrowing FileDescriptor, readOnly: Bool) throws(Errno) -> FileDescriptor { throw .notFound }
        func kind(of fd: Int32) -> ObjectKind? { .map }

        func programInfo(
            _ fd: Int32, mapIDs room: UnsafeMutableBufferPointer<ObjectID>
        ) throws(Errno) -> ProgramInfo { throw .notFound }

        func mapInfo(_ fd: Int32) throws(Errno) -> BPFMap { BPFMap(id: 1, source: .libbpf) }
        func functionName(ofProgram: Int32, _: inout BTFRoom) throws(Errno) -> String { throw .notFound }
        func linkInfo(_ fd: Int32) throws(Errno) -> BPFLink { throw .notFound }
    }

    @Test(.timeLimit(.minutes(1))) func aWalkDoesNotRunAfterWhatIsMadeMeanwhile() {
        let report = walk(Growing())
        #expect(report.outcome == .finished)
        // Ten were there when it was asked for the newest, which took 31 questions with one more made at each.
        #expect(report.found.maps > 10 && report.found.maps <= 41)
        #expect(report.covered.isSuperset(of: .objects))
    }

    private func walk(_ calls: any ObjectCalls) -> ScanReport {
        var access = AccessProbe().probe()
        access.bpf = Observed(.reachable, by: "test")
        var inventory = Inventory(limits: InventoryLimits(maxMemoryBytes: 1 << 20))
        return IDEnumerationSource(calls: calls, access: access).scan(into: &inventory, ScanContext())
    }

    @Test func aRefusalInTheMiddleIsReportedWithWhatWasSeen() {
        let report = walk(LostRight())
        #expect(report.outcome == .refused(.notPermitted))
        #expect(report.found.programs == 3)
        #expect(report.covered.isEmpty)
        #expect(report.limitations.map(\.code) == [.missingCapability])
        #expect(report.errors == 0)
    }

    @Test func aWalkProvesItsProgress() {
        let report = walk(NoProgress())
        #expect(report.errors == 1)
        guard case .failed = report.outcome else {
            Issue.record("\(report.outcome)")
            return
        }
    }
}
