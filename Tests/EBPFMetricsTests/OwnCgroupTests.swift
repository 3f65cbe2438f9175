import Foundation
import KernelSources
import TestSupport
import Testing

@testable import EBPFMetrics

/// Which cgroup the kernel's memory is charged to.
@Suite struct OwnCgroupTests {
    private static let v1 = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    private static let v2 = "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
    private static let elsewhere = "42 31 0:38 /../.. /host/cgroup rw - cgroup2 cgroup2 rw\n"
    private static let part = "41 31 0:32 /docker/1f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"

    @Test(arguments: [
        // A service; a container with a namespace of its own; version 1 beside an empty version 2.
        ("0::/system.slice/ebpf-metrics.service\n", v2, "/sys/fs/cgroup/system.slice/ebpf-metrics.service", true),
        ("0::/\n", v2, "/sys/fs/cgroup", true),
        ("4:cpu,memory:/a:b\n0::/\n", v1 + v2, "/sys/fs/cgroup/memory/a:b", false),
        // A container of version 1, to which the mount shows its own part of the hierarchy.
        ("4:memory:/docker/1f\n", part, "/sys/fs/cgroup/memory", false),
        // Another mount shows the host's hierarchy from elsewhere.
        ("0::/\n", v2 + elsewhere, "/sys/fs/cgroup", true), ("0::/\n", elsewhere + v2, "/sys/fs/cgroup", true),
        ("4:memory:/docker/1f/inner\n", part, "/sys/fs/cgroup/memory/inner", false),
    ])
    func isFoundWhereItIsMounted(_ cgroup: String, _ mounts: String, _ path: String, _ isUnified: Bool) throws {
        let found = try #require(OwnCgroup.directory(cgroup: cgroup, mounts: MountInfo.parse(Array(mounts.utf8).span)))
        #expect(found.path == path)
        #expect(found.isUnified == isUnified)
    }

    @Test(arguments: [
        ("4:memory:/docker/1f2\n", part), ("4:memory:/x\n0::/x\n", v2), ("0::/x\n", v1), ("", v2), ("nonsense", v2),
    ])
    func isUnknownWhereItIsNotMounted(_ cgroup: String, _ mounts: String) {
        #expect(OwnCgroup.directory(cgroup: cgroup, mounts: MountInfo.parse(Array(mounts.utf8).span)) == nil)
    }

    @Test func readsTheNumberOfEitherVersion() {
        let unified = OwnCgroup(file: Fixtures.path("cgroup/memory.stat"), key: "kernel")
        #expect(unified.kernelBytes() == 98_304)
        #expect(OwnCgroup(file: Fixtures.path("cgroup/memory.stat"), key: "kern").kernelBytes() == nil)
        let old = OwnCgroup(file: Fixtures.path("cgroup/memory.kmem.usage_in_bytes"), key: nil)
        #expect(old.kernelBytes() == 21_536_768)
        #expect(OwnCgroup(file: "/nonexistent", key: nil).kernelBytes() == nil)
    }

    @Test func theRootIsNobodysOwn() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cgroup-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let old = folder.path + "/memory.kmem.usage_in_bytes"
        #expect(OwnCgroup(directory: folder.path, isUnified: false) == OwnCgroup(file: old, key: nil))
        #expect(OwnCgroup(directory: folder.path, isUnified: true) == nil)
        for name in ["cgroup.events", "cgroup.sane_behavior"] {
            try Data().write(to: folder.appending(path: name))
        }
        #expect(OwnCgroup(directory: folder.path, isUnified: false) == nil)
        let unified = OwnCgroup(file: folder.path + "/memory.stat", key: "kernel")
        #expect(OwnCgroup(directory: folder.path, isUnified: true) == unified)
    }
}
