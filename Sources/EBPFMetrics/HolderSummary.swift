public import KernelObjects
public import ObjectInventory

/// What one process holds. A map held by two of its fds counts once here, and once for each other holder there.
public struct HolderSummary: Sendable, Equatable {
    /// The process.
    public let pid: Int32
    /// The thread with an fd table of its own, when these are its.
    public let thread: Int32?
    /// The command name; nil when it could not be read.
    public let comm: KernelName?
    /// The container; nil when there is none or it could not be read.
    public let containerID: String?
    /// Programs held.
    public internal(set) var programs: UInt64 = 0
    /// Maps held.
    public internal(set) var maps: UInt64 = 0
    /// Links held.
    public internal(set) var links: UInt64 = 0
    /// Bytes of the maps held.
    public internal(set) var mapMemory: Amount = .exact(0)
    /// What it holds, as far as details are kept.
    public internal(set) var keys: [ObjectKey] = []

    /// The holders of an inventory in the order they were met, without those whose objects the filter leaves out.
    public static func all(of inventory: Inventory) -> [HolderSummary] {
        var summaries = inventory.holders.map {
            HolderSummary(pid: $0.pid, thread: $0.thread, comm: $0.comm, containerID: $0.containerID)
        }
        for holding in inventory.holdings {
            summaries[Int(holding.holder)].add(holding.key, memlock: inventory.memlock(of: holding.key))
        }
        return summaries.filter { !$0.keys.isEmpty }
    }

    /// The same by process: what a thread holds in a table of its own is its process's, and counts once.
    static func byProcess(of inventory: Inventory) -> [HolderSummary] {
        var processes: [HolderSummary] = []
        var indices: [Int32: Int] = [:]
        for summary in all(of: inventory) {
            guard let index = indices[summary.pid] else {
                indices[summary.pid] = processes.count
                processes.append(summary)
                continue
            }
            let known = Set(processes[index].keys)
            for key in summary.keys where !known.contains(key) {
                processes[index].add(key, memlock: inventory.memlock(of: key))
            }
        }
        return processes
    }

    private mutating func add(_ key: ObjectKey, memlock: UInt64?) {
        keys.append(key)
        switch key.kind {
        case .program: programs += 1
        case .link: links += 1
        case .map:
            maps += 1
            switch (mapMemory, memlock) {
            case (.exact(let sum), let memlock?): mapMemory = .exact(sum &+ memlock)
            case (.atLeast(let sum), let memlock?): mapMemory = .atLeast(sum &+ memlock)
            case (.unknown, let memlock?): mapMemory = .atLeast(memlock)
            case (.exact(let sum), nil), (.atLeast(let sum), nil): mapMemory = sum == 0 ? .unknown : .atLeast(sum)
            case (.unknown, nil): break
            }
        }
    }
}
