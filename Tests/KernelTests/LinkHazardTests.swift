import Foundation
import TestSupport
import Testing

extension Guests {
    /// That the matrix would notice: on the kernels with the bug, a plain read of the link's fdinfo, which the collector
    /// avoids, is a fault of the kernel, and the guest reports it.
    @Suite(.enabled(if: !hazardous.isEmpty, "needs one of the kernels 6.17 to 6.19.13: make test-kernels KERNELS=all"))
    struct LinkHazardTests {
        @Test(arguments: hazardous) func aPlainReadCrashesTheKernel(_ kernel: String) throws {
            let script = FileManager.default.temporaryDirectory.appending(path: "ebpf-metrics-\(UUID().uuidString)")
            try Data(Self.readsTheLink.utf8).write(to: script)
            defer { try? FileManager.default.removeItem(at: script) }
            try Guest.run(
                kernel: kernel, as: "\(kernel)-plain-read", script: script.path,
                files: [(URL(filePath: Program.workloadPath), "/bin/bpf-workload")],
                seconds: 120
            ) { result in
                #expect(result.status == Guest.fault, "\(result.errors)")
                #expect(result.oops.contains("BUG: "), "\(result.oops)")
                Guest.say("kernel \(kernel): a plain read crashes: \(result.oops.split(separator: "\n").first ?? "")")
            }
        }

        private static let readsTheLink = """
            mkfifo /tmp/hold
            /bin/bpf-workload --links --kprobe-multi </tmp/hold >/tmp/manifest &
            exec 3>/tmp/hold
            until grep -q '"ready"' /tmp/manifest; do sleep 0.2; done
            link=$(grep '"kind":"link"' /tmp/manifest | grep '"kprobe_multi"')
            pid=$(echo "$link" | sed 's/.*"pid":\\([0-9]*\\).*/\\1/')
            fd=$(echo "$link" | sed 's/.*"fd":\\([0-9]*\\).*/\\1/')
            cat "/proc/$pid/fdinfo/$fd"

            """
    }
}

private let hazardous = Guest.kernels.filter {
    KernelFacts(release: Guest.release($0), showsKprobeMulti: true).crashesOnLinkTexts
}
