import KernelObjects
package import LinuxSystem

/// Small files of a process, read by a directory fd of the procfs.
package enum ProcessFiles {
    /// Who it is and what it does; nil when it is gone or its text makes no sense.
    package static func stat(
        of pid: Int32, in procfs: Int32, _ path: inout PathBuilder, through files: any FileCalls
    ) -> ProcessStat? {
        withContents(path.set(pid, "/stat"), in: procfs, files) { ProcessStat($0) } ?? nil
    }

    /// Its command name, which may hold any bytes; nil when it cannot be read.
    static func comm(
        of pid: Int32, in procfs: Int32, _ path: inout PathBuilder, through files: any FileCalls
    ) -> KernelName? {
        withContents(path.set(pid, "/comm"), in: procfs, files) { text in
            var count = text.count
            if count > 0, text[count - 1] == 0x0A { count -= 1 }
            return text.kernelName(0..<count)
        }
    }

    /// The container that its cgroup path names; nil when there is none or it cannot be read.
    static func containerID(
        of pid: Int32, in procfs: Int32, _ path: inout PathBuilder, through files: any FileCalls
    ) -> String? {
        withContents(path.set(pid, "/cgroup"), in: procfs, files) { ContainerID.find(inCgroup: $0) } ?? nil
    }

    private static func withContents<Value>(
        _ path: UnsafePointer<CChar>, in directory: Int32, _ files: any FileCalls, _ body: (Span<UInt8>) -> Value
    ) -> Value? {
        guard let file = try? files.open(path, at: directory, .read) else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
            guard let count = try? file.read(into: buffer) else { return nil }
            // SAFETY: the kernel wrote `count` bytes into the buffer, which outlives the span.
            let bytes = UnsafeBufferPointer(rebasing: buffer.bindMemory(to: UInt8.self)[..<count])
            return body(Span(_unsafeElements: bytes))
        }
    }
}
