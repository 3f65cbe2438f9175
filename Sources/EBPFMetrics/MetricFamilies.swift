/// Every metric there is. `docs/METRICS.md` lists the same.
extension MetricFamily {
    static let programs = MetricFamily(
        name: "ebpf.programs.total", kind: .upDownCounter, unit: "{program}",
        help: "eBPF programs that pass the filter.")
    static let programMemoryTotal = MetricFamily(
        name: "ebpf.programs.memory_bytes", kind: .upDownCounter, unit: "By",
        help: "Memory of these programs (memlock).")
    static let maps = MetricFamily(
        name: "ebpf.maps.total", kind: .upDownCounter, unit: "{map}",
        help: "eBPF maps; under a filter those its programs use.")
    static let mapMemoryTotal = MetricFamily(
        name: "ebpf.maps.memory_bytes", kind: .upDownCounter, unit: "By", help: "Memory of these maps (memlock).")
    static let links = MetricFamily(
        name: "ebpf.links", kind: .upDownCounter, unit: "{link}",
        help: "eBPF links; under a filter those of its programs.")
    static let pins = MetricFamily(
        name: "ebpf.pins", kind: .upDownCounter, unit: "{pin}",
        help: "Pins in bpffs; under a filter those of its objects.")

    static let errors = MetricFamily(
        name: "ebpf.collection.errors_total", kind: .counter, unit: "{error}",
        help: "Things that should not have happened. A refusal or an object that vanished is not among them.")
    static let duration = MetricFamily(
        name: "ebpf.collection.duration_ms", kind: .histogram, unit: "ms", help: "How long collections took.")
    static let memoryLimitHits = MetricFamily(
        name: "ebpf.collection.memory_limit_hit_total", kind: .counter, unit: "{event}",
        help: "Collections that left out details for want of memory.")
    static let skipped = MetricFamily(
        name: "ebpf.collection.skipped_total", kind: .counter, unit: "{object}",
        help: "Objects left out. A process or directory that is closed to us counts as one.")
    static let complete = MetricFamily(
        name: "ebpf.collection.complete", kind: .gauge, unit: "",
        help: "Whether all of these were seen; 0: totals are lower bounds.")
    static let timestamp = MetricFamily(
        name: "ebpf.collection.timestamp_seconds", kind: .gauge, unit: "s", help: "When the last collection began.")
    static let fullInterval = MetricFamily(
        name: "ebpf.collection.full_interval_seconds", kind: .gauge, unit: "s",
        help: "Everything is read anew within this time.")
    static let fullTimestamp = MetricFamily(
        name: "ebpf.collection.full_timestamp_seconds", kind: .gauge, unit: "s",
        help: "When the last collection began that read everything anew.")
    static let recognized = MetricFamily(
        name: "ebpf.collection.recognized", kind: .gauge, unit: "{object}",
        help: "What the last collection knew from earlier ones and did not read anew.")
    static let unmatchedPrograms = MetricFamily(
        name: "ebpf.collection.unmatched_programs", kind: .gauge, unit: "{program}",
        help: "Programs that the filter leaves out, or cannot judge since their name is unknown.")
    static let collectorMemory = MetricFamily(
        name: "ebpf.collector.memory_bytes", kind: .gauge, unit: "By", help: "What the last collection holds.")
    static let memoryInfo = MetricFamily(
        name: "ebpf.memory.info", kind: .gauge, unit: "", help: "How this kernel reckons memlock.")
    static let buildInfo = MetricFamily(
        name: "ebpf.build_info", kind: .gauge, unit: "", help: "The version of this program.")

    static let sourceUp = MetricFamily(
        name: "ebpf.source.up", kind: .gauge, unit: "", help: "Whether the source ran in the last collection.")
    static let sourceObjects = MetricFamily(
        name: "ebpf.source.objects", kind: .gauge, unit: "{object}",
        help: "Objects the source met; one held twice is met twice.")
    static let sourceDuration = MetricFamily(
        name: "ebpf.source.duration_seconds", kind: .gauge, unit: "s", help: "How long the source took.")

    static let mapMemory = MetricFamily(
        name: "ebpf.map.memory_bytes", kind: .upDownCounter, unit: "By", help: "Memory of one map (memlock).")
    static let programMemory = MetricFamily(
        name: "ebpf.program.memory_bytes", kind: .upDownCounter, unit: "By", help: "Memory of one program (memlock).")
    static let programRunTime = MetricFamily(
        name: "ebpf.program.run_time_seconds_total", kind: .counter, unit: "s",
        help: "Time spent in one program while run statistics were on.", isCountedByKernel: true)
    static let programRunCount = MetricFamily(
        name: "ebpf.program.run_count_total", kind: .counter, unit: "{run}",
        help: "Runs of one program while run statistics were on.", isCountedByKernel: true)
    static let programRecursionMisses = MetricFamily(
        name: "ebpf.program.recursion_misses_total", kind: .counter, unit: "{run}",
        help: "Runs left out because the program was running already.", isCountedByKernel: true)

    static let processMaps = MetricFamily(
        name: "ebpf.process.maps", kind: .gauge, unit: "{map}", help: "Maps that a process holds.")
    static let processPrograms = MetricFamily(
        name: "ebpf.process.programs", kind: .gauge, unit: "{program}", help: "Programs that a process holds.")
    static let processMapMemory = MetricFamily(
        name: "ebpf.process.map_memory_bytes", kind: .gauge, unit: "By",
        help: "Memory of the maps that a process holds.")

    static let processCPU = MetricFamily(
        name: "process.cpu_seconds_total", kind: .counter, unit: "s", help: "Processor time of this process.",
        hasPrefix: false, isCountedByKernel: true)
    static let processVirtual = MetricFamily(
        name: "process.virtual_memory_bytes", kind: .gauge, unit: "By", help: "Address space of this process.",
        hasPrefix: false)
    static let processResident = MetricFamily(
        name: "process.resident_memory_bytes", kind: .gauge, unit: "By", help: "What of this process is in memory.",
        hasPrefix: false)
    static let processStart = MetricFamily(
        name: "process.start_time_seconds", kind: .gauge, unit: "s", help: "When this process began.",
        hasPrefix: false)
    static let processThreads = MetricFamily(
        name: "process.threads", kind: .gauge, unit: "{thread}", help: "Threads of this process.", hasPrefix: false)
    static let processOpenFDs = MetricFamily(
        name: "process.open_fds", kind: .gauge, unit: "{fd}", help: "Open file descriptors of this process.",
        hasPrefix: false)
    static let processMaxFDs = MetricFamily(
        name: "process.max_fds", kind: .gauge, unit: "{fd}", help: "The most file descriptors this process may have.",
        hasPrefix: false)
    static let cgroupKernelMemory = MetricFamily(
        name: "ebpf.collector.cgroup_kernel_memory_bytes", kind: .gauge, unit: "By",
        help: "Kernel memory charged to the cgroup of this process.")
}
