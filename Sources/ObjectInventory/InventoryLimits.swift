/// What an inventory may hold.
public struct InventoryLimits: Sendable, Equatable {
    /// The most memory, in bytes.
    public var maxMemoryBytes: Int
    /// The most maps to keep details of, those with the most memory first; nil for all.
    public var maxMaps: Int?
    /// The most programs to keep details of, those with the most memory first; nil for all.
    public var maxPrograms: Int?

    /// Limits of one collection.
    public init(maxMemoryBytes: Int, maxMaps: Int? = nil, maxPrograms: Int? = nil) {
        self.maxMemoryBytes = maxMemoryBytes
        self.maxMaps = maxMaps
        self.maxPrograms = maxPrograms
    }
}
