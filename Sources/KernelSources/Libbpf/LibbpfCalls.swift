import KernelObjects
import LinuxSystem

#if Libbpf
    internal import CLibbpf
#endif

/// Walking ids with libbpf, which the `Libbpf` trait brings in.
enum LibbpfCalls {
    #if Libbpf
        static let isBuiltIn = true

        static func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID {
            var next: UInt32 = 0
            let result =
                switch kind {
                case .program: bpf_prog_get_next_id(id, &next)
                case .map: bpf_map_get_next_id(id, &next)
                case .link: bpf_link_get_next_id(id, &next)
                }
            // Before libbpf 1.0 a failure is -1, since then it is the negative errno; errno is set in both.
            guard result >= 0 else { throw Errno.last }
            return next
        }

        static func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor {
            let fd =
                switch kind {
                case .program: bpf_prog_get_fd_by_id(id)
                case .map: bpf_map_get_fd_by_id(id)
                case .link: bpf_link_get_fd_by_id(id)
                }
            guard fd >= 0 else { throw Errno.last }
            return FileDescriptor(owning: fd)
        }
    #else
        static let isBuiltIn = false

        static func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID {
            throw Errno.notImplemented
        }

        static func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor {
            throw Errno.notImplemented
        }
    #endif
}
