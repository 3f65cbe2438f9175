internal import Glibc
import LinuxSystem

/// What this process itself takes, as every Prometheus exporter tells it. Always of the real `/proc/self`.
struct ProcessStatistics: Sendable {
    /// Processor time, in seconds.
    let cpuSeconds: Double
    /// Bytes of address space.
    let virtualBytes: UInt64
    /// Bytes in memory.
    let residentBytes: UInt64
    /// When it began, in seconds since 1970.
    let startTime: Double
    /// Threads.
    let threads: UInt64
    /// Open file descriptors; nil when they cannot be counted.
    let openFDs: UInt64?
    /// The most file descriptors it may have; nil when there is no limit.
    let maxFDs: UInt64?
    /// Bytes of the kernel's memory that are charged to its cgroup; nil where they are not told.
    let cgroupKernelBytes: UInt64?

    /// Looks it up; nil where there is no procfs, or one that hides us.
    static func current() -> ProcessStatistics? {
        guard let stat = try? FileContents.text("/proc/self/stat"),
            let bootTime = (try? FileContents.text("/proc/stat")).flatMap(bootTime)
        else { return nil }
        // The command may hold anything, spaces and parentheses included; the numbers begin behind its last one.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        // proc(5) counts from the pid as 1; the first field here is the state, number 3.
        func field(_ number: Int) -> UInt64? { fields.count > number - 3 ? UInt64(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let pages = field(24)
        else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        var limit = rlimit()
        let hasLimit = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 && limit.rlim_cur != UInt.max
        return ProcessStatistics(
            cpuSeconds: Double(user + system) / ticks, virtualBytes: virtual,
            residentBytes: pages * UInt64(sysconf(Int32(_SC_PAGESIZE))),
            startTime: bootTime + Double(start) / ticks, threads: threads, openFDs: countFDs(),
            maxFDs: hasLimit ? UInt64(limit.rlim_cur) : nil, cgroupKernelBytes: OwnCgroup.own?.kernelBytes())
    }

    private static func bootTime(_ text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }

    /// Since 6.2 a directory of fds tells their number as its size; it is listed where it does not.
    private static func countFDs() -> UInt64? {
        if let size = try? FileStatus.of("/proc/self/fd").size, size > 0 { return UInt64(size) }
        guard let directory = try? FileDescriptor.open("/proc/self/fd", .directory) else { return nil }
        var reader = DirectoryReader()
        var count: UInt64 = 0
        do {
            while try reader.next(in: directory.number) != nil { count += 1 }
        } catch {
            return nil
        }
        // One of them is the one that lists.
        return count - 1
    }
}
