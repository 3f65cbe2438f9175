/// A process that holds BPF objects by file descriptor.
public struct Holder: Sendable, Equatable {
    /// The process id, in the PID namespace of the procfs that was read.
    public let pid: Int32
    /// The thread that holds them in an fd table of its own, when it is not the process's common one.
    public let thread: Int32?
    /// The command name, at most 15 bytes of any kind; nil when it could not be read.
    public var comm: KernelName?
    /// The container's id from the cgroup path; nil when there is none or it could not be read.
    public var containerID: String?

    /// A holder.
    public init(pid: Int32, thread: Int32? = nil, comm: KernelName? = nil, containerID: String? = nil) {
        self.pid = pid
        self.thread = thread
        self.comm = comm
        self.containerID = containerID
    }
}
