import LinuxSystem

@testable import KernelSources

/// Hosts that a test makes up have no BTF.
extension ObjectCalls {
    func functionName(ofProgram fd: Int32, _ room: inout BTFRoom) throws(Errno) -> String { throw Errno.notFound }
}
