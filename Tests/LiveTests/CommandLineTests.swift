import TestSupport
import Testing

/// Mistakes on the command line: one line on standard error that names the value, and status 64.
@Suite struct CommandLineTests {
    @Test(arguments: [
        (["collect", "--profile", "tiny"], ["tiny", "high-performance", "production", "detailed"]),
        (["collect", "--format", "xml"], ["xml", "table", "json", "prometheus"]),
        (["collect", "--source", "kprobes"], ["kprobes", "libbpf", "procfs", "bpffs"]),
        (["collect", "--sort", "size"], ["size", "memory", "id", "name"]),
        (["collect", "--frobnicate"], ["--frobnicate"]),
        (["collect", "--top=-1"], ["-1"]),
        (["collect", "--watch", "0"], ["--watch", "0.1"]),
        (["collect", "--deadline", "0"], ["--deadline"]),
        (["collect", "--prefix", ""], ["--prefix"]),
        (["collect", "--path.procfs", "/nowhere"], ["/nowhere", "ENOENT", "/proc"]),
        (["collect", "--path.procfs", "/"], ["--path.procfs '/'", "procfs"]),
        (["collect", "--path.sysfs", "/proc"], ["/proc", "sysfs"]),
        (["collect", "--path.bpffs", "/tmp"], ["/tmp", "bpffs"]),
        (["collect", "--log-level", "loud"], ["loud", "debug"]),
        (["doctor", "--format", "yaml"], ["yaml", "text", "json"]),
        (["frobnicate"], ["frobnicate"]),
        (["collect", "extra"], ["extra"]),
        (["collect", "--collection.max-memory", "10M"], ["--collection.max-memory '10M'", "10MiB"]),
        (["collect", "--collection.interval", "5s"], ["--collection.interval"]),
        (["doctor", "--holders"], ["--holders"]),
        (["config", "check"], ["<file>"]),
        (["config", "print", "--web.listen-address", "here"], ["--web.listen-address 'here'", ":9944"]),
        (["config", "print", "--format", "json"], ["json", "text", "yaml"]),
    ])
    func aMistakeIsOneLineAndStatus64(_ arguments: [String], _ words: [String]) throws {
        let result = try Program.collector.with(arguments).run()
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.errors.hasPrefix("ebpf-metrics: "))
        for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
    }

    @Test(arguments: [[], ["collect"], ["doctor"], ["config"], ["config", "check"], ["config", "print"]])
    func helpGoesToStandardOutput(_ command: [String]) throws {
        let result = try Program.collector.with(command + ["--help"]).run()
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        #expect(result.text.contains("USAGE"))
    }

    @Test func toldAPartialViewIsNotEnoughItExitsWith3() throws {
        let result = try Program.collector.with("collect", "--source", "procfs", "--require-complete").run()
        #expect(result.status == 3)
        let plain = try Program.collector.with("collect", "--source", "procfs").run()
        #expect(plain.status == 0)
        #expect(plain.text.contains("partial"))
    }
}
