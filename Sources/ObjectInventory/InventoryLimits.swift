/// What an inventory may hold.
public struct InventoryLimits: Sendable, Equatable {
    /// The most memory, in bytes.
    public var maxMemoryBytes: Int
    /// The most maps to keep details of, those with the most memory first; nil for all.
    public var maxMaps: Int?
    /// The most programs to keep details of, those with the most memory first; nil for all.
    public var maxPrograms: Int?
    /// Bytes that rendered pages will take for each program, map and holder with details; charged along with these.
    public var rendered = Rendered()

    /// Bytes of rendered text, for each object that is kept.
    public struct Rendered: Sendable, Equatable {
        /// For each program.
        public var perProgram = 0
        /// For each map.
        public var perMap = 0
        /// For each holder.
        public var perHolder = 0

        /// Nothing is rendered, or nothing of it is kept.
        public init() {}
    }

    /// Limits of one collection.
    public init(maxMemoryBytes: Int, maxMaps: Int? = nil, maxPrograms: Int? = nil) {
        self.maxMemoryBytes = maxMemoryBytes
        self.maxMaps = maxMaps
        self.maxPrograms = maxPrograms
    }
}
