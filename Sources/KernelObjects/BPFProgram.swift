/// What is known of one BPF program. A fact that no source could tell is nil, never zero.
public struct BPFProgram: Sendable, Equatable {
    /// The program's id. Kernel 4.13.
    public internal(set) var id: ObjectID
    /// The program's type.
    public var type: ProgramType?
    /// The kernel's own name, possibly empty. Not in fdinfo.
    public var name: KernelName?
    /// How `name` was learnt.
    public var nameOrigin: NameOrigin?
    /// The full name of the BTF function, when it is longer than `name` can be and unambiguous.
    public var fullName: String?
    /// The hash of the instructions.
    public var tag: ProgramTag?
    /// Bytes charged for the instructions, `pages × page size`; the JIT image is not included. Only fdinfo tells.
    public var memlock: UInt64?
    /// The maps that the program uses; nil when no source could tell, which is not the same as none.
    public var mapIDs: [ObjectID]?
    /// The uid that loaded it.
    public var loadedByUID: UInt32?
    /// When it was loaded, in nanoseconds after boot.
    public var loadTime: UInt64?
    /// Whether it was compiled to machine code.
    public var jited: Bool?
    /// Whether a full name was looked for where it would be, in the program's BTF. Then there is none if `fullName` is
    /// nil, or there was no room for it.
    public var wasFullNameSought = false
    /// The id of its BTF object; nil when it has none or no source could tell.
    public var btfID: ObjectID?
    /// Nanoseconds spent in it, while run statistics were on. Kernel 5.1.
    public var runTime: UInt64?
    /// How often it ran, while run statistics were on. Kernel 5.1.
    public var runCount: UInt64?
    /// Runs left out because the program was running already. Kernel 5.12.
    public var recursionMisses: UInt64?
    /// Instructions that the verifier looked at. Kernel 5.16.
    public var verifiedInstructions: UInt32?
    /// The sources that have seen it.
    public var sources: SourceSet

    /// How a program's name was learnt.
    public enum NameOrigin: UInt8, Sendable {
        /// From the kernel's record of the program.
        case info
        /// From `/proc/kallsyms`, by the tag, where all symbols of the tag agree.
        case kallsyms

        /// The word for it in output.
        public var text: String {
            switch self {
            case .info: "info"
            case .kallsyms: "kallsyms"
            }
        }
    }

    /// Whether its name may be cut short, and nobody has looked yet for a longer one.
    public var mayHaveFullName: Bool { fullName == nil && !wasFullNameSought && name?.mayBeCut == true }

    /// A program of which nothing but its id is known.
    public init(id: ObjectID, source: SourceKind) {
        self.id = id
        sources = SourceSet(source)
    }

    /// The same facts under an id that was learnt last, as in a text where it stands behind them.
    package func withID(_ id: ObjectID) -> BPFProgram {
        var copy = self
        copy.id = id
        return copy
    }

    /// What both know together; where they differ, this counts.
    package func merged(with other: BPFProgram) -> BPFProgram {
        var both = self
        both.merge(other)
        return both
    }

    /// Adds what `other` knows and this does not.
    public mutating func merge(_ other: BPFProgram) {
        type = type ?? other.type
        if name == nil {
            name = other.name
            nameOrigin = other.nameOrigin
        }
        fullName = fullName ?? other.fullName
        wasFullNameSought = wasFullNameSought || other.wasFullNameSought
        tag = tag ?? other.tag
        memlock = memlock ?? other.memlock
        mapIDs = mapIDs ?? other.mapIDs
        loadedByUID = loadedByUID ?? other.loadedByUID
        loadTime = loadTime ?? other.loadTime
        jited = jited ?? other.jited
        btfID = btfID ?? other.btfID
        runTime = runTime ?? other.runTime
        runCount = runCount ?? other.runCount
        recursionMisses = recursionMisses ?? other.recursionMisses
        verifiedInstructions = verifiedInstructions ?? other.verifiedInstructions
        sources.formUnion(other.sources)
    }
}
