import EBPFMetrics

/// Collects once, and says what is known and what is not.
@main
struct CollectOnce {
    static func main() async {
        let collector = EBPFMetricsCollector(configuration: .detailed)
        let collection = await collector.collect()
        switch collection.totals.mapMemory {
        case .exact(let bytes): print("maps take \(bytes) bytes")
        case .atLeast(let bytes): print("maps take at least \(bytes) bytes; more cannot be seen")
        case .unknown: print("nothing can be seen of maps")
        }
        for (source, limitation) in collection.limitations { print("\(source.name): \(limitation.text)") }
    }
}
