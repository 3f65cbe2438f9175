import KernelObjects
import LinuxSystem
import TestSupport
import Testing

@testable import KernelSources

@Suite struct ProcFilesTests {
    @Test func findsContainerIDs() throws {
        let rows = try Fixtures.table("cgroups.tsv")
        #expect(rows.count == 32)
        for row in rows {
            let line = Array((row[0] + "\n").utf8)
            let found = ContainerID.find(inCgroup: line.span)
            #expect(found == (row[1] == "-" ? nil : row[1]), "\(row[0])")
        }
    }

    @Test(arguments: [(301, false, false), (302, true, false), (303, false, true)])
    func readsStatBehindAnyName(_ pid: Int, _ isZombie: Bool, _ isKernelThread: Bool) throws {
        let bytes = try Fixtures.bytes("hostile/proc/\(pid)/stat")
        let parsed = ProcessStat(bytes.span)
        let stat = try #require(parsed)
        #expect(stat.isZombie == isZombie && stat.isKernelThread == isKernelThread)
    }

    @Test(arguments: ["", "no parenthesis", "1 (x) Z 1 2 3", "1 (x) ZZ 1 1 0 0 -1 4194304 0"])
    func aStatThatMakesNoSenseIsNil(_ text: String) {
        let bytes = Array(text.utf8)
        let parsed = ProcessStat(bytes.span)
        #expect(parsed == nil)
    }

    @Test func readsMountinfo() {
        let text = """
            22 1 0:20 / /proc rw,nosuid shared:5 - proc proc rw,hidepid=invisible
            27 25 0:24 / /sys/fs/bpf rw,relatime - bpf none rw,mode=755
            28 25 0:24 /sub /mnt/with\\040space\\134 rw - bpf other rw
            29 25 0:31 / /second ro,relatime master:1 propagate_from:2 - bpf bpf ro
            garbage

            """
        let bytes = Array(text.utf8)
        let mounts = MountInfo.parse(bytes.span)
        #expect(mounts.count == 4)
        #expect(mounts[0].options == ["rw", "nosuid", "rw", "hidepid=invisible"])
        #expect(String(decoding: mounts[2].mountPoint, as: UTF8.self) == "/mnt/with space\\")
        // One for each super block, the top where it is mounted, whatever the device is called.
        let distinct = BpffsMounts.distinct(mounts)
        #expect(distinct.map(\.displayPath) == ["/sys/fs/bpf", "/second"])
        #expect(distinct.map(\.isReadOnly) == [false, true])
    }

    /// As many as the kernel lets a mount namespace have, which is anybody's to fill.
    @Test(.timeLimit(.minutes(1))) func aHundredThousandBpffsAreToldApart() {
        let text = (0..<100_000).map { "\($0) 1 0:\($0) / /m\($0) rw - bpf bpf rw\n" }.joined()
        let bytes = Array(text.utf8)
        #expect(BpffsMounts.distinct(MountInfo.parse(bytes.span)).count == 100_000)
    }

    @Test func ownStatusAndNamespaces() {
        let text = Array("Name:\tx\nSeccomp:\t2\nNSpid:\t4711\t12\t1\n".utf8)
        let status = ProcessStatus(text.span)
        #expect(status.seccomp == 2)
        #expect(status.namespacePIDs == [4711, 12, 1])
    }

    @Test(arguments: [
        ("6.16.12", false), ("6.17.0", true), ("6.17.13", true), ("6.18.15+deb13-cloud-amd64", true), ("6.19.6", true),
        ("6.19.13", true), ("6.19.14", false), ("7.0.1", false), ("5.10.0-33", false),
    ]) func judgesTheLinkFDInfoHazard(_ release: String, _ isInRange: Bool) throws {
        let version = try #require(KernelVersion(release))
        #expect(LinkFDInfoHazard.judge(version) { true } == (isInRange ? .present : .absent))
        #expect(LinkFDInfoHazard.judge(version) { nil } == (isInRange ? .present : .absent))
        #expect(LinkFDInfoHazard.judge(version) { false } == .absent)
    }

    @Test func readsKernelVersions() throws {
        let debian = try #require(KernelVersion("6.12.48+deb13-amd64"))
        #expect((debian.major, debian.minor, debian.patch) == (6, 12, 48))
        #expect(try #require(KernelVersion("7.3")).isAtLeast(7, 3))
        #expect(KernelVersion("linux") == nil)
        #expect(!debian.isAtLeast(6, 13))
    }

    @Test func namesOfTagsOnlyWhereAllSymbolsAgree() throws {
        let path = Fixtures.path("texts/6.12/proc/kallsyms")
        let rows = String(decoding: try Fixtures.bytes("texts/6.12/proc/kallsyms"), as: UTF8.self)
            .split(separator: "\n").filter { $0.contains("bpf_prog_") }
        // The evidence by another reading: tag to the set of names.
        var evidence: [String: Set<String>] = [:]
        for row in rows {
            let symbol = row.split(separator: " ")[2].split(separator: "\t")[0].dropFirst("bpf_prog_".count)
            evidence[String(symbol.prefix(16)), default: []].insert(String(symbol.dropFirst(17)))
        }
        #expect(evidence.values.contains { $0.count > 1 } && evidence.values.contains { $0.count == 1 })
        let tags = Set(evidence.keys.map { ProgramTag(value: UInt64($0, radix: 16) ?? 0) })
        let found = try Kallsyms.names(of: tags, path: path, through: LiveFiles())
        for (tag, names) in evidence {
            let result = found[ProgramTag(value: UInt64(tag, radix: 16) ?? 0)]
            if names.count == 1 {
                #expect(result?.fullName == names.first)
            } else {
                #expect(result?.fullName == nil)
                #expect(result?.name == nil)
            }
        }
        #expect(Kallsyms.contains(function: "bpf_kprobe_multi_show_fdinfo", path: path, through: LiveFiles()) == false)
        let crashing = Fixtures.path("texts/6.18/proc/kallsyms")
        #expect(
            Kallsyms.contains(function: "bpf_kprobe_multi_show_fdinfo", path: crashing, through: LiveFiles()) == true)
        #expect(Kallsyms.contains(function: "x", path: "/nonexistent", through: LiveFiles()) == nil)
    }
}
