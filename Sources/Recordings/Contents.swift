import LinuxSystem

extension Recording {
    /// The recorded contents of a path.
    func text(_ path: String) throws(Errno) -> [UInt8] { try bytes(RecordedPath(path)) }

    /// The recorded contents of a path.
    func bytes(_ path: RecordedPath) throws(Errno) -> [UInt8] {
        guard let contents = files[path]?.contents else { throw Errno.notFound }
        switch try contents.get() {
        case .bytes(let bytes): return bytes
        case .same(let other):
            guard case .success(.bytes(let bytes)) = files[other]?.contents else { throw Errno.notFound }
            return bytes
        case .notBPF: throw Errno.notFound
        }
    }
}
