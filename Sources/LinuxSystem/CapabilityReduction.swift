internal import CLibcap
internal import CLinux
internal import Glibc

extension ProcessCapabilities {
    /// Gives up every capability but these, for good, and sets `no_new_privs`, so that no exec gives any back.
    ///
    /// The kernel does this for the calling thread alone, so it has to be done before there is another one: with more
    /// than one thread nothing is changed and EBUSY is thrown.
    package static func keep(only kept: CapabilitySet) throws(Errno) {
        guard try threadCount() == 1 else { throw Errno(rawValue: EBUSY) }
        // The bounding set while CAP_SETPCAP is still there; without it, no_new_privs has to do.
        if try current().effective.contains(.setPCap) {
            for number in 0..<cap_max_bits() where !kept.contains(Capability(rawValue: number)) {
                _ = cap_drop_bound(number)
            }
        }
        _ = cap_reset_ambient()
        guard let sets = cap_get_proc() else { throw Errno.last }
        defer { cap_free(UnsafeMutableRawPointer(sets)) }
        for number in 0..<cap_max_bits() where !kept.contains(Capability(rawValue: number)) {
            var value = number
            for set in [CAP_EFFECTIVE, CAP_PERMITTED, CAP_INHERITABLE] {
                guard cap_set_flag(sets, set, 1, &value, CAP_CLEAR) == 0 else { throw Errno.last }
            }
        }
        guard cap_set_proc(sets) == 0 else { throw Errno.last }
        _ = try Errno.check(clinux_set_no_new_privs())
    }

    private static func threadCount() throws(Errno) -> Int {
        // A directory's link count is 2 and one for each directory in it: its threads.
        Int(try FileStatus.of("/proc/self/task").linkCount) - 2
    }
}
