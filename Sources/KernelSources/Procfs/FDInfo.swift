package import KernelObjects

/// The text of `/proc/PID/fdinfo/FD`, understood.
///
/// What an fd is, is decided by the first key after the header alone: later lines of a link can hold text that
/// somebody else chose, newlines included. Of a map or program the first occurrence of each key counts, and everything
/// must be well-formed; of a link only the lines that the kernel itself writes first are read.
package enum FDInfo: Equatable {
    case map(BPFMap)
    case program(BPFProgram)
    case link(BPFLink)
    case btf
    /// Some other kind of file.
    case other
    /// A map, program or link whose text makes no sense.
    case malformed(Defect)

    /// What is wrong with a text.
    package enum Defect: String, Error {
        case noHeader = "the text does not begin as every fdinfo does"
        case truncated = "the text ends in the middle of a line"
        case notANumber = "a value is not a number in the range of its field"
        case noID = "the id is missing"
        case tooLong = "the text is longer than the kernel writes"
    }

    /// Understands a text.
    ///
    /// - Parameters:
    ///   - isWhole: whether the text is all there was to read.
    ///   - source: who is to be named as having seen the object.
    package static func parse(_ text: Span<UInt8>, isWhole: Bool = true, for source: SourceKind = .procfs) -> FDInfo {
        // Every fdinfo begins so; what does not was not written by the kernel, or not read from its beginning.
        guard text.starts(0..<text.count, with: "pos:") else { return .malformed(.noHeader) }
        var lines = LineCursor()
        while let line = lines.nextPair(in: text) {
            if isHeader(line.key, in: text) { continue }
            // A key that was cut says nothing of what it was.
            guard lines.endedCleanly else { return .malformed(isWhole ? .truncated : .tooLong) }
            do throws(Defect) {
                if text.matches(line.key, "map_type") {
                    guard isWhole else { throw .tooLong }
                    return .map(try parseMap(type: line.value, rest: &lines, in: text, source))
                }
                if text.matches(line.key, "prog_type") {
                    guard isWhole else { throw .tooLong }
                    return .program(try parseProgram(type: line.value, rest: &lines, in: text, source))
                }
                if text.matches(line.key, "link_type") {
                    return .link(try parseLink(type: line.value, rest: &lines, in: text, source))
                }
            } catch {
                return .malformed(error)
            }
            return text.matches(line.key, "btf_id") ? .btf : .other
        }
        // Nothing but header lines, and more to come: the holder may have as many locks as it likes.
        return isWhole ? .other : .malformed(.tooLong)
    }

    /// The lines that every fdinfo begins with.
    private static func isHeader(_ key: Range<Int>, in text: Span<UInt8>) -> Bool {
        text.matches(key, "pos") || text.matches(key, "flags") || text.matches(key, "mnt_id")
            || text.matches(key, "ino") || text.matches(key, "lock")
    }

    private static func parseMap(
        type: Range<Int>, rest: inout LineCursor, in text: Span<UInt8>, _ source: SourceKind
    ) throws(Defect) -> BPFMap {
        var map = BPFMap(id: 0, source: source)
        map.type = MapType(rawValue: try text.uint32(type))
        // The first occurrence of a key counts.
        while let line = rest.nextPair(in: text) {
            let (key, value) = (line.key, line.value)
            if text.matches(key, "key_size") {
                if map.keySize == nil { map.keySize = try text.uint32(value) }
            } else if text.matches(key, "value_size") {
                if map.valueSize == nil { map.valueSize = try text.uint32(value) }
            } else if text.matches(key, "max_entries") {
                if map.maxEntries == nil { map.maxEntries = try text.uint32(value) }
            } else if text.matches(key, "map_flags") {
                if map.flags == nil { map.flags = try text.uint32(hex: value) }
            } else if text.matches(key, "map_extra") {
                if map.extra == nil { map.extra = try text.uint64(hex: value) }
            } else if text.matches(key, "memlock") {
                if map.memlock == nil { map.memlock = try text.uint64(value) }
            } else if text.matches(key, "map_id") {
                if map.id == 0 { map = map.withID(try text.id(value)) }
            } else if text.matches(key, "frozen") {
                if map.frozen == nil { map.frozen = try text.flag(value) }
            } else if text.matches(key, "owner_prog_type") {
                if map.ownerProgramType == nil { map.ownerProgramType = ProgramType(rawValue: try text.uint32(value)) }
            } else if text.matches(key, "owner_jited") {
                if map.ownerJited == nil { map.ownerJited = try text.flag(value) }
            }
        }
        guard rest.endedCleanly else { throw .truncated }
        guard map.id != 0 else { throw .noID }
        return map
    }

    private static func parseProgram(
        type: Range<Int>, rest: inout LineCursor, in text: Span<UInt8>, _ source: SourceKind
    ) throws(Defect) -> BPFProgram {
        var program = BPFProgram(id: 0, source: source)
        program.type = ProgramType(rawValue: try text.uint32(type))
        while let line = rest.nextPair(in: text) {
            let (key, value) = (line.key, line.value)
            if text.matches(key, "prog_jited") {
                if program.jited == nil { program.jited = try text.flag(value) }
            } else if text.matches(key, "prog_tag") {
                if program.tag == nil { program.tag = try text.tag(value) }
            } else if text.matches(key, "memlock") {
                if program.memlock == nil { program.memlock = try text.uint64(value) }
            } else if text.matches(key, "prog_id") {
                if program.id == 0 { program = program.withID(try text.id(value)) }
            } else if text.matches(key, "run_time_ns") {
                if program.runTime == nil { program.runTime = try text.uint64(value) }
            } else if text.matches(key, "run_cnt") {
                if program.runCount == nil { program.runCount = try text.uint64(value) }
            } else if text.matches(key, "recursion_misses") {
                if program.recursionMisses == nil { program.recursionMisses = try text.uint64(value) }
            } else if text.matches(key, "verified_insns") {
                if program.verifiedInstructions == nil { program.verifiedInstructions = try text.uint32(value) }
            }
        }
        guard rest.endedCleanly else { throw .truncated }
        guard program.id != 0 else { throw .noID }
        return program
    }

    private static func parseLink(
        type: Range<Int>, rest: inout LineCursor, in text: Span<UInt8>, _ source: SourceKind
    ) throws(Defect) -> BPFLink {
        guard let second = rest.nextPair(in: text), text.matches(second.key, "link_id") else { throw .noID }
        guard rest.endedCleanly else { throw .truncated }
        var link = BPFLink(id: try text.id(second.value), source: source)
        link.type = text.linkType(type)
        // Only what stands right behind the id was written by the kernel: a forged line can only come later.
        guard let third = rest.nextPair(in: text), rest.endedCleanly else { return link }
        if text.matches(third.key, "prog_tag") {
            if let fourth = rest.nextPair(in: text), rest.endedCleanly, text.matches(fourth.key, "prog_id") {
                link.programID = try text.id(fourth.value)
            }
        } else if link.type == .structOps, text.matches(third.key, "map_id") {
            link.mapID = try text.id(third.value)
        }
        return link
    }
}

extension Span<UInt8> {
    fileprivate func uint64(_ range: Range<Int>) throws(FDInfo.Defect) -> UInt64 {
        guard let number = decimal(range) else { throw .notANumber }
        return number
    }

    fileprivate func uint32(_ range: Range<Int>) throws(FDInfo.Defect) -> UInt32 {
        guard let number = decimal(range).flatMap(UInt32.init(exactly:)) else { throw .notANumber }
        return number
    }

    /// `0x` and digits.
    fileprivate func uint64(hex range: Range<Int>) throws(FDInfo.Defect) -> UInt64 {
        guard starts(range, with: "0x"), let number = hexadecimal(range.lowerBound + 2..<range.upperBound) else {
            throw .notANumber
        }
        return number
    }

    fileprivate func uint32(hex range: Range<Int>) throws(FDInfo.Defect) -> UInt32 {
        guard let number = UInt32(exactly: try uint64(hex: range)) else { throw .notANumber }
        return number
    }

    /// The kernel's ids begin at 1.
    fileprivate func id(_ range: Range<Int>) throws(FDInfo.Defect) -> ObjectID {
        let id = try uint32(range)
        guard id != 0 else { throw .notANumber }
        return id
    }

    fileprivate func flag(_ range: Range<Int>) throws(FDInfo.Defect) -> Bool {
        switch decimal(range) {
        case 0: return false
        case 1: return true
        default: throw .notANumber
        }
    }

    fileprivate func tag(_ range: Range<Int>) throws(FDInfo.Defect) -> ProgramTag {
        guard range.count == 16, let value = hexadecimal(range) else { throw .notANumber }
        return ProgramTag(value: value)
    }

    /// A link type's name, or `<N>` where the kernel has no name for its own type; nil for a name from the future.
    fileprivate func linkType(_ range: Range<Int>) -> LinkType? {
        if matches(range, "perf") { return .perfEvent }
        for (number, name) in linkTypeNames.enumerated() where matches(range, name) {
            return LinkType(rawValue: UInt32(number))
        }
        guard range.count > 2, self[range.lowerBound] == 0x3C, self[range.upperBound - 1] == 0x3E else { return nil }
        return decimal(range.lowerBound + 1..<range.upperBound - 1).flatMap(UInt32.init(exactly:))
            .map(LinkType.init(rawValue:))
    }
}

/// The names of `enum bpf_link_type` once more, as static bytes: matching them must not allocate.
private let linkTypeNames: [StaticString] = [
    "unspec", "raw_tracepoint", "tracing", "cgroup", "iter", "netns", "xdp", "perf_event", "kprobe_multi",
    "struct_ops", "netfilter", "tcx", "uprobe_multi", "netkit", "sockmap",
]
