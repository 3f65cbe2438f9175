import CFloor
import Glibc
import KernelObjects
import KernelSources
import ObjectInventory

/// Compares the sources with a C loop that makes the same system calls, in one run, turn by turn.
@main
enum SourceBenchmarks {
    static func main() {
        let access = AccessProbe().probe()
        print(
            "Medians of \(Comparison.rounds) rounds; in each round C and Swift take turns. The spread is the machine's noise."
        )
        print("")
        print(
            [
                "what".left(34), "objects".right(8), "C ns/object".right(12), "Swift ns/object".right(16),
                "ratio".right(7), "spread of ratio".right(18),
            ].joined(separator: " "))
        Comparison(name: "id walk", floor: floor_id_walk) { inventory in
            IDEnumerationSource(access: access).scan(into: &inventory, ScanContext())
        }.run()
        let plain = ScanContext(collectsHolders: false)
        Comparison(name: "fdinfo scan", floor: floor_procfs_scan) { inventory in
            ProcfsSource(access: access, usesPidfdGetfd: false).scan(into: &inventory, plain)
        }.run()
        Comparison(name: "fdinfo scan, names and holders too", floor: floor_procfs_scan) { inventory in
            ProcfsSource(access: access).scan(into: &inventory, ScanContext())
        }.run()
    }
}

struct Comparison {
    static let rounds = 15

    let name: String
    let floor: () -> floor_result
    let scan: (inout Inventory) -> ScanReport

    func run() {
        var (inC, inSwift, ratios): ([Double], [Double], [Double]) = ([], [], [])
        var objects = 1.0
        for round in -2..<Self.rounds {
            let (c, result) = time(floor)
            let (swift, report) = time {
                var inventory = Inventory(limits: InventoryLimits(maxMemoryBytes: 256 << 20))
                let report = scan(&inventory)
                _ = inventory.finish(covered: report.covered)
                return report
            }
            let met = result.programs + result.maps + result.links
            let found = report.found.programs + report.found.maps + report.found.links
            guard result.error == 0, met == found, met > 0 else {
                print("\(name): C met \(met) objects (errno \(result.error)), Swift \(found): no comparison")
                exit(1)
            }
            if round < 0 { continue }
            objects = Double(met)
            inC.append(c)
            inSwift.append(swift)
            ratios.append(swift / c)
        }
        let spread = "\(rounded(ratios.min() ?? 0)) to \(rounded(ratios.max() ?? 0))"
        print(
            [
                name.left(34), "\(Int(objects))".right(8), "\(Int(median(inC) / objects))".right(12),
                "\(Int(median(inSwift) / objects))".right(16), rounded(median(ratios)).right(7), spread.right(18),
            ].joined(separator: " "))
    }

    private func time<Value>(_ body: () -> Value) -> (nanoseconds: Double, value: Value) {
        let start = now()
        let value = body()
        return (now() - start, value)
    }

    private func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func rounded(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}

extension String {
    fileprivate func left(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    fileprivate func right(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
