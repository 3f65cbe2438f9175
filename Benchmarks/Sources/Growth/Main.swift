import Glibc
import KernelSources
import Measuring

/// How time and memory grow with what there is: lines of tab-separated values.
@main
enum Growth {
    static func main() throws {
        guard geteuid() == 0 else { throw Failure("needs root, to make real eBPF objects") }
        print("what\tcount\tfirst_ns\twarm_ns\tbytes")
        let access = AccessProbe().probe()
        let ids = IDEnumerationSource(access: access)
        for count: UInt32 in [100, 1000, 10_000, 50_000] {
            let scene = try Scene(maps: count, programs: 0, processes: min(8, count / 100))
            try measure("maps", count, ids)
            scene.end()
        }
        let source = ProcfsSource(access: access)
        for count: UInt32 in [100, 1000, 10_000] {
            let scene = try Scene(maps: 0, programs: 0, processes: count, files: 4)
            try measure("processes", count, source)
            scene.end()
        }
        for count: UInt32 in [1, 100, 1000, 10_000, 100_000] {
            // Not every machine lets one process have so many.
            let processes = count / 10_000 + 1
            let scene = try Scene(maps: 0, programs: 0, processes: processes, files: count / processes)
            try measure("fds", count, source)
            scene.end()
        }
    }

    private static func measure(_ what: String, _ count: UInt32, _ source: any KernelSource) throws {
        let rounds = count > 20_000 ? 5 : 9
        let first = Contender.first(source)
        let warm = Contender.warm(source)
        var (firsts, warms): ([Double], [Double]) = ([], [])
        for round in -1..<rounds {
            let (a, _) = try timed(first.look)
            let (b, _) = try timed(warm.look)
            if round < 0 { continue }
            firsts.append(a)
            warms.append(b)
        }
        let each = 1e6 / Double(count)
        print(
            "\(what)\t\(count)\t\(Int(firsts.median * each))\t\(Int(warms.median * each))\t\(warm.heldBytes() / Int(count))"
        )
        fflush(nil)
    }
}
