import KernelSources

extension Recording {
    /// The processes of threads with descriptors of their own.
    var processesOfThreads: [Int32: Int32] {
        var processes: [Int32: Int32] = [:]
        for path in files.keys {
            guard let components = path.components(below: about.paths.procfs), components.count > 2,
                components[1].elementsEqual("task".utf8),
                let pid = Int32(String(decoding: components[0], as: UTF8.self)),
                let thread = Int32(String(decoding: components[2], as: UTF8.self))
            else { continue }
            processes[thread] = pid
        }
        return processes
    }
}
