import KernelObjects
import KernelSources
import LinuxSystem

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

    /// What a copy of a descriptor would have been that the recorder did not make, since it had seen the object before:
    /// what its text tells, where other copies of the same owner were made.
    func copyByText(_ copy: Copy) -> Result<Opened, Errno>? {
        guard let fd = copy.fd else { return nil }
        let others = copies.filter { $0.key.owner == copy.owner && $0.key.isThread == copy.isThread }
        if let refusal = others.values.first(where: {
            if case .failure(let error) = $0 { error.isRefusal } else { false }
        }) {
            return refusal
        }
        var place = "\(about.paths.procfs)/\(copy.owner)"
        if copy.isThread {
            guard let pid = processesOfThreads[copy.owner] else { return nil }
            place = "\(about.paths.procfs)/\(pid)/task/\(copy.owner)"
        }
        guard let text = try? text("\(place)/fdinfo/\(fd)"), let key = FDInfo.parse(text.span).key else { return nil }
        return .success(Opened(kind: key.kind, id: key.id))
    }
}
