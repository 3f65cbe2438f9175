import KernelObjects
import KernelSources
import LinuxSystem
import ObjectInventory
import Testing

@testable import Recordings

/// Made-up and hostile hosts, looked at by the real sources: no root, no bpf(2), whatever this kernel is.
@Suite struct ReplayTests {
    private func scan(
        _ recording: Recording, assuming identity: Identity? = nil, _ context: ScanContext = ScanContext(),
        _ make: (KernelAccess) -> any KernelSource
    ) throws -> (inventory: Inventory, report: ScanReport, host: ReplayedHost) {
        let host = try ReplayedHost(recording, assuming: identity)
        let access = AccessProbe(paths: recording.about.paths, host: host).probe()
        var inventory = Inventory(limits: InventoryLimits(maxMemoryBytes: 64 << 20))
        let report = make(access).scan(into: &inventory, context)
        return (inventory, report, host)
    }

    private func processes(
        _ recording: Recording, assuming identity: Identity? = nil, _ context: ScanContext = ScanContext()
    ) throws -> (inventory: Inventory, report: ScanReport, host: ReplayedHost) {
        try scan(recording, assuming: identity, context) { ProcfsSource(access: $0) }
    }

    @Test func theSourcesFindWhatIsRecorded() throws {
        var recording = SmallHost.bare
        recording.add(process: 7, holding: [3: .map(5), 4: nil, 5: .map(6)])
        let (inventory, report, host) = try processes(recording)
        #expect(inventory.maps.map(\.id).sorted() == [5, 6])
        #expect(inventory.maps.allSatisfy { $0.memlock == 4096 && $0.sources == SourceSet(.procfs) })
        #expect(inventory.holders.map(\.pid) == [7])
        #expect(report.errors == 0)
        #expect(host.gaps == [])
    }

    @Test func whatTheRecordingDoesNotSayIsAnErrorAndNotAGuess() throws {
        var recording = SmallHost.bare
        recording.add(process: 7, holding: [3: .map(5)])
        recording.files[RecordedPath("/proc/7/fdinfo/3")] = nil
        let (inventory, report, host) = try processes(recording)
        #expect(inventory.maps.isEmpty)
        #expect(report.errors == 1)
        #expect(host.gaps == ["/proc/7/fdinfo/3"])
    }

    @Test func processesThatGoWhileTheyAreLookedAtAreNormal() throws {
        var recording = SmallHost.bare
        recording.add(process: 7, holding: [3: .map(5)])
        recording.add(process: 8, holding: [3: .map(6)])
        // 8 is listed, and then gone; 9 was never there.
        for path in recording.files.keys where path.components(below: "/proc/8") != nil { recording.files[path] = nil }
        recording.set("/proc/8/fd") { $0.entries = .failure(.notFound) }
        recording.set("/proc/8/fdinfo") { $0.entries = .failure(.notFound) }
        recording.set("/proc/8/task") { $0.status = .failure(.noSuchProcess) }
        recording.set("/proc/8/ns/mnt") { $0.status = .failure(.noSuchProcess) }
        recording.set("/proc/8/stat") { $0.contents = .failure(.noSuchProcess) }
        let (inventory, report, host) = try processes(recording)
        #expect(inventory.maps.map(\.id) == [5])
        #expect(report.errors == 0 && report.skipped[.permission] == 0)
        #expect(host.gaps.isEmpty)
    }

    @Test func enormousTruncatedAndForgedTextsSpoilOnlyThemselves() throws {
        var recording = SmallHost.bare
        let locks = String(repeating: "lock:\t1: POSIX  ADVISORY  WRITE 1 00:01:2 0 EOF\n", count: 4000)
        let long = "pos:\t0\nflags:\t0\nmnt_id:\t1\n" + locks
        recording.add(
            process: 7,
            holding: [
                3: .map(5),
                4: .text(String(SmallHost.mapText(6).dropLast(20))),
                // The kernel prints locks first, and anybody may have thousands.
                5: .text(long + SmallHost.mapText(7).split(separator: "ino:\t42\n")[1]),
                // More than is ever read.
                6: .text(long + String(repeating: "x", count: 2 << 20)),
                7: .text("map_type:\t1\nmap_id:\t66\n"),
                8: .text(SmallHost.mapText(8).replacing("\t128", with: "\t99999999999")),
                9: .text(""),
            ])
        let (inventory, report, _) = try processes(recording)
        #expect(inventory.maps.map(\.id).sorted() == [5, 7])
        #expect(report.skipped[.malformed] == 5)
        #expect(report.errors == 5)
    }

    @Test func aMillionDescriptorsStayWithinTheBudget() throws {
        var recording = SmallHost.bare
        recording.add(process: 7, holding: [3: .map(5)])
        recording.set("/proc/7/fd") { file in
            file.entries = .success(
                (0..<1_000_000).map { RecordedFile.Entry(name: Array("\($0)".utf8), type: .symbolicLink) })
        }
        for fd in 0..<200 where fd != 3 { recording.set("/proc/7/fd/\(fd)") { $0.target = .success([]) } }
        let (inventory, report, _) = try processes(
            recording, ScanContext(fdBudget: FDBudget(perProcess: 100, total: 1000)))
        #expect(inventory.maps.map(\.id) == [5])
        #expect(report.outcome == .finished)
        #expect(report.skipped[.deadline] == 1)
        #expect(report.limitations.contains { $0.code == .deadline })
        #expect(!report.covered.contains(Coverage(.holders)))
    }

    @Test func pinsOfEveryByteAndLinksThatLeadNowhere() throws {
        var recording = SmallHost.bare
        recording.set("/proc") { $0.entries = .success([]) }
        let names = (UInt8.min...UInt8.max).filter { $0 != 0 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ".") }.map
        {
            [$0, UInt8(ascii: "x")]
        }
        recording.set("/sys/fs/bpf") { file in
            file.status = .success(SmallHost.status(0o40700))
            file.fileSystem = .success(0xCAFE_4A11)
            file.entries = .success(
                names.map { RecordedFile.Entry(name: $0, type: .regular) } + [
                    RecordedFile.Entry(name: Array("cycle".utf8), type: .symbolicLink),
                    RecordedFile.Entry(name: Array("dangling".utf8), type: .symbolicLink),
                ])
        }
        for (index, name) in names.enumerated() {
            let path = RecordedPath(Array("/sys/fs/bpf/".utf8) + name)
            let id = ObjectID(index + 1)
            recording.files[path] = RecordedFile()
            recording.files[path]?.status = .success(SmallHost.status(0o100600))
            recording.files[path]?.handle = .success(true)
            recording.files[path]?.pinForReading = .success(Opened(kind: .map, id: id))
            recording.maps[id] = RecordedObject()
            recording.maps[id]?.info = .success(BPFMap(id: id, source: .libbpf))
            recording.maps[id]?.text = Array(SmallHost.mapText(id).utf8)
        }
        let (inventory, report, _) = try scan(recording) { BpffsSource(access: $0) }
        #expect(inventory.pins.count == names.count)
        #expect(Set(inventory.pins.map(\.path)) == Set(names.map { Array("/sys/fs/bpf/".utf8) + $0 }))
        #expect(inventory.maps.count == names.count)
        #expect(report.errors == 0)
    }

    // MARK: As somebody else

    private var twoUsers: Recording {
        var recording = SmallHost.bare
        recording.add(process: 7, holding: [3: .map(5)])
        recording.add(process: 8, holding: [3: .map(6), 4: nil], owner: Identity.nobody)
        for pid in [7, 8] { recording.set("/proc/\(pid)/fdinfo") { $0.entries = nil } }
        return recording
    }

    @Test func withoutARightOnesOwnProcessesAreSeen() throws {
        let (inventory, report, host) = try processes(twoUsers, assuming: try Identity("none"))
        #expect(inventory.maps.map(\.id) == [6])
        #expect(report.skipped[.permission] == 1)
        #expect(host.gaps.isEmpty)
    }

    @Test func capSysPtraceReadsTextsWithoutFollowingLinks() throws {
        let (inventory, report, host) = try processes(twoUsers, assuming: try Identity("CAP_SYS_PTRACE"))
        #expect(inventory.maps.map(\.id).sorted() == [5, 6])
        #expect(report.skipped[.permission] == 0)
        #expect(host.gaps.isEmpty)
    }

    @Test func beforeKernel514TextsTakeTheOwnersRights() throws {
        var recording = twoUsers
        recording.about.process.release = .success("5.10.1")
        recording.set("/proc/sys/kernel/osrelease") { $0.contents = .success(.bytes(Array("5.10.1\n".utf8))) }
        let seen = try processes(recording, assuming: try Identity("CAP_SYS_PTRACE")).inventory
        #expect(seen.maps.map(\.id) == [6])
        let more = try processes(recording, assuming: try Identity("CAP_SYS_PTRACE,CAP_DAC_READ_SEARCH")).inventory
        #expect(more.maps.map(\.id).sorted() == [5, 6])
    }

    @Test func hidepidHidesProcesses() throws {
        var recording = twoUsers
        recording.set("/proc/self/mountinfo") {
            $0.contents = .success(.bytes(Array("22 1 0:20 / /proc rw - proc proc rw,hidepid=invisible\n".utf8)))
        }
        let (inventory, report, _) = try processes(recording, assuming: try Identity("none"))
        #expect(inventory.maps.map(\.id) == [6])
        #expect(report.skipped[.permission] == 0)
        #expect(report.limitations.contains { $0.code == .hidepid })
    }

    @Test func idsAreWalkedWithCapSysAdminOnly() throws {
        let recording = SmallHost.recording
        let refused = try scan(recording, assuming: try Identity("CAP_BPF")) { IDEnumerationSource(access: $0) }
        #expect(refused.report.outcome == .refused(.notPermitted))
        #expect(refused.inventory.maps.isEmpty)
        let allowed = try scan(recording, assuming: try Identity("CAP_SYS_ADMIN")) { IDEnumerationSource(access: $0) }
        #expect(allowed.inventory.maps.map(\.id) == [5])
        #expect(allowed.inventory.programs.map(\.id) == [10])
        #expect(allowed.inventory.programs.first?.mapIDs == [5])
        // The program that was being made is nobody's loss.
        #expect(allowed.report.skipped[.vanished] == 1)
    }

    @Test(arguments: ["CAP_NOTHING", "", "x:none", "CAP_BPF,", "-1:none"])
    func whatIsNoIdentityIsRefused(_ text: String) {
        #expect(throws: AssumedRightsError.self) { try Identity(text) }
    }

    @Test func identitiesAreUnderstood() throws {
        #expect(try Identity("none") == Identity(uid: 65534, capabilities: []))
        #expect(try Identity("0:none") == Identity(uid: 0, capabilities: []))
        #expect(
            try Identity("1000:cap_bpf,SYS_PTRACE")
                == Identity(uid: 1000, capabilities: CapabilitySet([.bpf, .sysPtrace])))
    }

    @Test func aRecordingOfSomebodyWithFewRightsCannotBeLookedAtAsAnother() {
        var recording = SmallHost.recording
        recording.about.process.uid = 65534
        #expect(throws: AssumedRightsError.self) { try ReplayedHost(recording, assuming: Identity(capabilities: [])) }
        var inside = SmallHost.recording
        inside.set("/proc/self/ns/user") { $0.status = .success(SmallHost.status(0o100444, inode: 4_026_532_000)) }
        #expect(throws: AssumedRightsError.self) { try ReplayedHost(inside, assuming: Identity(capabilities: [])) }
    }

    // MARK: Redaction

    @Test func namesAndPathsAreTakenOutTheSameEverywhere() throws {
        var recording = SmallHost.recording
        recording.set("/proc/7/cgroup") {
            $0.contents = .success(
                .bytes(Array("0::/kubepods/docker-\(String(repeating: "ab", count: 32)).scope\n".utf8)))
        }
        recording.set("/proc/self/exe") { $0.target = .success(Array("/home/alice/ebpf-metrics".utf8)) }
        let redacted = recording.redacted()
        try Scratch.with { folder in
            try redacted.write(to: folder + "/r")
            let everything = try Scratch.files(folder + "/r").values.joined()
            for secret in ["worker", "odd name", "alice", "abab", "docker", "loop"] {
                #expect(!everything.contains(secret))
            }
            #expect(everything.contains("\"redacted\":true"))
        }
        let stat = try redacted.text("/proc/7/stat")
        let comm = try redacted.text("/proc/7/comm")
        #expect(String(decoding: comm, as: UTF8.self) == "comm1\n")
        #expect(String(decoding: stat, as: UTF8.self).hasPrefix("7 (comm1) S 1"))
        // What is seen is the same, under other names.
        let plain = try scan(recording) { BpffsSource(access: $0) }.inventory
        let hidden = try scan(redacted) { BpffsSource(access: $0) }.inventory
        #expect(plain.pins.count == hidden.pins.count && plain.maps == hidden.maps)
        let holders = try processes(redacted).inventory.holders
        #expect(holders.first?.containerID == String(repeating: "0", count: 63) + "1")
    }
}
