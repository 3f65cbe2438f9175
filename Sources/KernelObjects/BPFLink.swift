/// What is known of one BPF link: the attachment of a program to a hook. Kernel 5.7 (ids: 5.8).
/// A fact that no source could tell is nil, never zero.
public struct BPFLink: Sendable, Equatable {
    /// The link's id.
    public let id: ObjectID
    /// The link's type.
    public var type: LinkType?
    /// The attached program; nil when no source could tell, or when the link has none (struct_ops).
    public var programID: ObjectID?
    /// The map of a struct_ops link.
    public var mapID: ObjectID?
    /// `enum bpf_attach_type`, for the link types that record it.
    public var attachType: UInt32?
    /// What it is attached to, for the link types that tell it by a number.
    public var target: Target?
    /// The sources that have seen it.
    public var sources: SourceSet

    /// Whether links of this type tell what they are attached to by a number, so that no `target` means not known.
    public var isTargetNumbered: Bool {
        switch type?.name {
        case "cgroup", "netns", "xdp", "tcx", "netkit": true
        default: type == nil
        }
    }

    /// What a link is attached to.
    public enum Target: Sendable, Equatable {
        /// A cgroup v2 by its id; 0 after the cgroup is gone.
        case cgroup(UInt64)
        /// A network interface by its index; 0 after it is gone.
        case interface(UInt32)
        /// A network namespace by its inode; 0 after it is gone.
        case networkNamespace(UInt32)
    }

    /// A link of which nothing but its id is known.
    public init(id: ObjectID, source: SourceKind) {
        self.id = id
        sources = SourceSet(source)
    }

    /// Adds what `other` knows and this does not.
    public mutating func merge(_ other: BPFLink) {
        type = type ?? other.type
        programID = programID ?? other.programID
        mapID = mapID ?? other.mapID
        attachType = attachType ?? other.attachType
        target = target ?? other.target
        sources.formUnion(other.sources)
    }
}
