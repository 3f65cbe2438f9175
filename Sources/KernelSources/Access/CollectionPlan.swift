public import KernelObjects

/// Which sources a collection asks, and in what order: better ones first, since the first to know a fact tells it.
public struct CollectionPlan: Sendable, Equatable {
    /// The sources that are run.
    public private(set) var sources: [SourceKind]
    /// The sources that take over when one is refused in the middle, best first.
    public private(set) var fallbacks: [SourceKind]
    /// Whether the user named the sources.
    public let isForced: Bool

    /// Plans a collection.
    ///
    /// A complete source makes the partial ones superfluous, but for what only they can tell: holders (procfs) and
    /// pins (bpffs), where these are wanted. Without a complete source, all that see anything are run.
    ///
    /// - Parameters:
    ///   - assessments: what each source said it can see.
    ///   - forced: the sources that the user named; nil to choose.
    public init(
        assessments: [SourceAssessment], wantsHolders: Bool, wantsPins: Bool, forced: [SourceKind]? = nil
    ) {
        if let forced {
            isForced = true
            sources = SourceKind.allCases.filter(forced.contains)
            fallbacks = []
            return
        }
        isForced = false
        let verdicts = Dictionary(uniqueKeysWithValues: assessments.map { ($0.source, $0.verdict) })
        let isWhole = verdicts[.libbpf] == .complete
        var sources: [SourceKind] = []
        var fallbacks: [SourceKind] = []
        for kind in SourceKind.allCases where verdicts[kind] != nil && verdicts[kind] != .unavailable {
            let isWanted =
                switch kind {
                case .libbpf: true
                case .procfs: wantsHolders || !isWhole
                case .bpffs: wantsPins || !isWhole
                }
            if isWanted { sources.append(kind) } else { fallbacks.append(kind) }
        }
        self.sources = sources
        self.fallbacks = fallbacks
    }
}
