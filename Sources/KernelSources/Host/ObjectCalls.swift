package import KernelObjects
package import LinuxSystem

/// The bpf(2) calls that sources make, and nothing else of the kernel: so that a source runs on a recording as it
/// runs on a host.
package protocol ObjectCalls: Sendable {
    /// The source on whose behalf the calls are made: who is named as having seen an object.
    var source: SourceKind { get }

    /// The smallest id of the kind above `id`. Throws ENOENT when there is none. Takes CAP_SYS_ADMIN.
    func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID

    /// Opens an object by its id. Takes CAP_SYS_ADMIN. Throws ENOENT when it is gone; EAGAIN for a link in the making.
    func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor

    /// Opens the object that a pin names, for reading where the kernel can (maps and programs).
    ///
    /// - Parameter pin: an `O_PATH` handle, so that what was looked at is what is opened.
    func open(pin: borrowing FileDescriptor, readOnly: Bool) throws(Errno) -> FileDescriptor

    /// What kind of object one of our own fds is; nil when it is none.
    func kind(of fd: Int32) -> ObjectKind?

    /// What the kernel says of an open program. `mapIDs` is room for its maps; the count may exceed the room.
    func programInfo(_ fd: Int32, mapIDs room: UnsafeMutableBufferPointer<ObjectID>) throws(Errno) -> ProgramInfo

    /// The name of an open program's main function, as its BTF has it: not cut short as the program's own name is.
    ///
    /// Takes CAP_SYS_ADMIN, and kernel 5.0. Throws when it cannot be told; ENODATA when there is none, EFBIG when the BTF is
    /// longer than `BTFRoom.mostBytes`.
    func functionName(ofProgram fd: Int32, _ room: inout BTFRoom) throws(Errno) -> String

    /// What the kernel says of an open map.
    func mapInfo(_ fd: Int32) throws(Errno) -> BPFMap

    /// What the kernel says of an open link.
    func linkInfo(_ fd: Int32) throws(Errno) -> BPFLink
}

/// An answer of `BPF_OBJ_GET_INFO_BY_FD` about a program.
package struct ProgramInfo: Sendable {
    /// Everything but the maps.
    package var program: BPFProgram
    /// How many maps it uses: more than were written when the room was too small.
    package var mapCount: Int
    /// The length of its instructions as the kernel runs them; 0 for whoever may not see them (neither CAP_BPF nor
    /// CAP_SYS_ADMIN), nil when it was not recorded.
    package var translatedLength: UInt32?

    package init(program: BPFProgram, mapCount: Int, translatedLength: UInt32? = nil) {
        self.program = program
        self.mapCount = mapCount
        self.translatedLength = translatedLength
    }

    /// Whether it is certain that the program has no BTF. To whoever may not see instructions, older kernels do not
    /// tell either.
    var hasNoBTF: Bool { program.btfID == nil && (translatedLength ?? 0) > 0 }
}
