internal import CLinux
package import KernelObjects
package import LinuxSystem

/// bpf(2) on this host.
///
/// Opening pins and asking about open objects goes through the C shim; walking ids goes through libbpf and is there
/// only when it was built in.
package struct LiveObjectCalls: ObjectCalls {
    package let source: SourceKind

    /// Calls whose answers are marked as this source's.
    package init(for source: SourceKind) {
        self.source = source
    }

    package func nextID(of kind: ObjectKind, after id: ObjectID) throws(Errno) -> ObjectID {
        try LibbpfCalls.nextID(of: kind, after: id)
    }

    package func open(_ kind: ObjectKind, id: ObjectID) throws(Errno) -> FileDescriptor {
        try LibbpfCalls.open(kind, id: id)
    }

    package func open(pin: borrowing FileDescriptor, readOnly: Bool) throws(Errno) -> FileDescriptor {
        var path = PathBuilder()
        let fd = clinux_bpf_obj_get(path.set("/proc/self/fd/", pin.number), readOnly ? CLINUX_BPF_F_RDONLY : 0)
        return FileDescriptor(owning: try Errno.check(fd))
    }

    package func kind(of fd: Int32) -> ObjectKind? {
        var path = PathBuilder()
        return FDLink.read(path.set("/proc/self/fd/", fd), at: nil, through: LiveFiles()).kind
    }

    package func programInfo(
        _ fd: Int32, mapIDs room: UnsafeMutableBufferPointer<ObjectID>
    ) throws(Errno) -> ProgramInfo {
        var info = clinux_prog_info()
        // SAFETY: the kernel writes at most nr_map_ids numbers behind map_ids, and no more than the given length of info.
        info.nr_map_ids = UInt32(room.count)
        info.map_ids = UInt64(UInt(bitPattern: room.baseAddress))
        let length = try Errno.check(
            clinux_bpf_obj_info(fd, &info, UInt32(MemoryLayout<clinux_prog_info>.size)))
        var program = BPFProgram(id: info.id, source: source)
        program.type = ProgramType(rawValue: info.type)
        program.name = withUnsafeBytes(of: info.name) { KernelName($0) }
        program.nameOrigin = .info
        program.tag = ProgramTag(
            value: withUnsafeBytes(of: info.tag) { $0.reduce(0) { $0 << 8 | UInt64($1) } })
        program.loadedByUID = info.created_by_uid
        program.loadTime = info.load_time
        program.btfID = info.btf_id == 0 ? nil : info.btf_id
        // Whether this kernel knows a field is told by how much of the record it knows.
        if length >= Self.end(of: \.run_cnt) {
            program.runTime = info.run_time_ns
            program.runCount = info.run_cnt
        }
        if length >= Self.end(of: \.recursion_misses) { program.recursionMisses = info.recursion_misses }
        if length >= Self.end(of: \.verified_insns) { program.verifiedInstructions = info.verified_insns }
        return ProgramInfo(
            program: program, mapCount: Int(info.nr_map_ids), translatedLength: info.xlated_prog_len)
    }

    package func functionName(ofProgram fd: Int32, _ room: inout BTFRoom) throws(Errno) -> String {
        var function = clinux_func_info()
        var info = clinux_prog_info()
        info.nr_func_info = 1
        info.func_info_rec_size = UInt32(MemoryLayout<clinux_func_info>.size)
        // SAFETY: the kernel writes at most one record of that size, while the pointer is good.
        let answer = withUnsafeMutablePointer(to: &function) { pointer in
            info.func_info = UInt64(UInt(bitPattern: pointer))
            return clinux_bpf_obj_info(fd, &info, UInt32(MemoryLayout<clinux_prog_info>.size))
        }
        _ = try Errno.check(answer)
        // The program has none, or we may not know. Before 5.0 there is no such field.
        guard info.btf_id != 0, info.nr_func_info > 0 else { throw Errno.noData }
        if room.id != info.btf_id { try Self.read(info.btf_id, into: &room) }
        guard let name = BTF.functionName(function.type_id, in: room.bytes.span) else { throw Errno.noData }
        return name
    }

    private static func read(_ id: ObjectID, into room: inout BTFRoom) throws(Errno) {
        room.id = 0
        let object = FileDescriptor(owning: try Errno.check(clinux_bpf_btf_by_id(id)))
        var info = clinux_btf_info()
        let size = UInt32(MemoryLayout<clinux_btf_info>.size)
        _ = try Errno.check(clinux_bpf_obj_info(object.number, &info, size))
        guard info.btf_size <= BTFRoom.mostBytes else { throw Errno.fileTooLarge }
        let length = Int(info.btf_size)
        // The one before goes first: there is never more than one in memory.
        room.bytes = []
        room.bytes = [UInt8](repeating: 0, count: length)
        // SAFETY: the kernel writes at most btf_size bytes, which the array has, while the pointer is good.
        let answer = room.bytes.withUnsafeMutableBytes { bytes in
            info.btf = UInt64(UInt(bitPattern: bytes.baseAddress))
            return clinux_bpf_obj_info(object.number, &info, size)
        }
        _ = try Errno.check(answer)
        room.id = id
    }

    package func mapInfo(_ fd: Int32) throws(Errno) -> BPFMap {
        var info = clinux_map_info()
        let length = try Errno.check(clinux_bpf_obj_info(fd, &info, UInt32(MemoryLayout<clinux_map_info>.size)))
        var map = BPFMap(id: info.id, source: source)
        map.type = MapType(rawValue: info.type)
        map.name = withUnsafeBytes(of: info.name) { KernelName($0) }
        map.keySize = info.key_size
        map.valueSize = info.value_size
        map.maxEntries = info.max_entries
        map.flags = info.map_flags
        map.btfID = info.btf_id == 0 ? nil : info.btf_id
        if length >= MemoryLayout<clinux_map_info>.size { map.extra = info.map_extra }
        return map
    }

    package func linkInfo(_ fd: Int32) throws(Errno) -> BPFLink {
        var info = clinux_link_info()
        _ = try Errno.check(clinux_bpf_obj_info(fd, &info, UInt32(MemoryLayout<clinux_link_info>.size)))
        var link = BPFLink(id: info.id, source: source)
        link.type = LinkType(rawValue: info.type)
        link.programID = info.prog_id == 0 ? nil : info.prog_id
        switch LinkType(rawValue: info.type).name {
        case "tracing":
            link.attachType = info.u.tracing.attach_type
        case "cgroup":
            link.attachType = info.u.cgroup.attach_type
            link.target = .cgroup(info.u.cgroup.cgroup_id)
        case "netns":
            link.attachType = info.u.netns.attach_type
            link.target = .networkNamespace(info.u.netns.netns_ino)
        case "xdp":
            link.target = .interface(info.u.xdp.ifindex)
        case "tcx", "netkit":
            link.attachType = info.u.tcx.attach_type
            link.target = .interface(info.u.tcx.ifindex)
        case "struct_ops":
            link.mapID = info.u.struct_ops.map_id == 0 ? nil : info.u.struct_ops.map_id
        default:
            break
        }
        return link
    }

    private static func end<Value>(of field: KeyPath<clinux_prog_info, Value>) -> Int32 {
        // Every field named here has an offset, since the record is a C struct.
        Int32((MemoryLayout<clinux_prog_info>.offset(of: field) ?? 0) + MemoryLayout<Value>.size)
    }
}
