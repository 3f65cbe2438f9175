import Glibc
import KernelSources
import Measuring

/// Compares the sources with C loops that make the same system calls, and with what a user would run instead: in one
/// run, turn by turn, or only the rows whose name has the words that are given. What counts is the ratio of two neighbours; its spread is the machine's noise.
@main
enum SideBySide {
    static func main() throws {
        guard geteuid() == 0 else { throw Failure("needs root, to make real eBPF objects") }
        let access = AccessProbe().probe()
        var table = Table(only: CommandLine.arguments.dropFirst().first ?? "")
        table.begin()
        try idWalks(access, &table)
        try scans(access, &table)
        try idleHost(access, &table)
        table.end()
    }

    /// The host of the figures: 10,000 maps and 1,000 programs, held by 8 processes.
    private static func held(movingEvery: UInt32 = 0) throws -> Scene {
        try Scene(maps: 10_000, programs: 1000, processes: 8, movingEvery: movingEvery)
    }

    private static func idWalks(_ access: KernelAccess, _ table: inout Table) throws {
        let source = IDEnumerationSource(access: access)
        do {
            let scene = try held()
            try table.compare("id walk, first", .cIDWalk, .first(source))
            try table.compare("id walk, warm", .cIDWalk, .warm(source))
            try table.compare("id walk, warm, 1 % replaced", .cIDWalk, .warm(source)) { try scene.replace(0.01) }
            try table.compare("id walk, first; by bpftool", .bpftool, .first(source))
        }
        do {
            let scene = try held(movingEvery: 8)
            try table.compare("id walk, warm, 1 of 8 maps moves", .cIDWalk, .warm(source))
            scene.end()
        }
    }

    private static func scans(_ access: KernelAccess, _ table: inout Table) throws {
        let scene = try held()
        let texts = ProcfsSource(access: access, usesPidfdGetfd: false)
        let whole = ProcfsSource(access: access)
        try table.compare("procfs scan", .cScan, .first(texts))
        try table.compare("procfs scan, names too", .cScan, .first(whole))
        try table.compare("procfs scan, names and holders", .cScan, .first(whole, collectsHolders: true))
        try table.compare("procfs scan, names, warm", .cScan, .warm(whole))
        try table.compare("procfs scan; by lsof", .lsof, .first(texts))
        try table.compare("procfs scan, names and holders; by lsof", .lsof, .first(whole, collectsHolders: true))
        scene.end()
    }

    private static func idleHost(_ access: KernelAccess, _ table: inout Table) throws {
        let scene = try Scene(maps: 0, programs: 0, processes: 2000, files: 8)
        let source = ProcfsSource(access: access)
        try table.compare("2,000 idle processes: warm by first", .first(source), .warm(source))
        scene.end()
    }
}
