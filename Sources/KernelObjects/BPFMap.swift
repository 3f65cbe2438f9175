/// What is known of one BPF map. A fact that no source could tell is nil, never zero.
public struct BPFMap: Sendable, Equatable {
    /// The map's id. Kernel 4.13.
    public internal(set) var id: ObjectID
    /// The map's type.
    public var type: MapType?
    /// The kernel's own name, possibly empty. Not in fdinfo.
    public var name: KernelName?
    /// Bytes of a key.
    public var keySize: UInt32?
    /// Bytes of a value.
    public var valueSize: UInt32?
    /// The most elements it can hold; bytes for a ring buffer, pages for an arena.
    public var maxEntries: UInt32?
    /// `BPF_F_*`.
    public var flags: UInt32?
    /// The type's own parameter. Kernel 5.16.
    public var extra: UInt64?
    /// Bytes. What it means depends on the kernel: charged pages up to 5.10, an estimate from 5.11, the map's own
    /// account from 6.4. Only fdinfo tells. Zero can be valid.
    public var memlock: UInt64?
    /// Whether user space may no longer write to it. Kernel 5.2. Only fdinfo tells.
    public var frozen: Bool?
    /// The id of its BTF object; nil when it has none or no source could tell.
    public var btfID: ObjectID?
    /// The type of the programs in a prog_array, after its first update.
    public var ownerProgramType: ProgramType?
    /// Whether the programs in a prog_array are compiled, after its first update.
    public var ownerJited: Bool?
    /// The sources that have seen it.
    public var sources: SourceSet

    /// A map of which nothing but its id is known.
    public init(id: ObjectID, source: SourceKind) {
        self.id = id
        sources = SourceSet(source)
    }

    /// The same facts under an id that was learnt last, as in a text where it stands behind them.
    package func withID(_ id: ObjectID) -> BPFMap {
        var copy = self
        copy.id = id
        return copy
    }

    /// Whether its memory is known and never changes.
    public var isMemoryConstant: Bool {
        guard memlock != nil, let type, let flags else { return false }
        return type.hasConstantMemory(flags: flags)
    }

    /// What both know together; where they differ, this counts.
    package func merged(with other: BPFMap) -> BPFMap {
        var both = self
        both.merge(other)
        return both
    }

    /// Adds what `other` knows and this does not.
    public mutating func merge(_ other: BPFMap) {
        type = type ?? other.type
        name = name ?? other.name
        keySize = keySize ?? other.keySize
        valueSize = valueSize ?? other.valueSize
        maxEntries = maxEntries ?? other.maxEntries
        flags = flags ?? other.flags
        extra = extra ?? other.extra
        memlock = memlock ?? other.memlock
        frozen = frozen ?? other.frozen
        btfID = btfID ?? other.btfID
        ownerProgramType = ownerProgramType ?? other.ownerProgramType
        ownerJited = ownerJited ?? other.ownerJited
        sources.formUnion(other.sources)
    }
}
