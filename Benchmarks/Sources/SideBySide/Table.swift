import Glibc
import Measuring

/// The figures, a row as soon as it is known.
struct Table {
    private static let rounds = 15
    private static let widths = [42, 8, 10, 10, 8, 16]
    private let words: String

    /// - Parameter only: a part of the names of the rows that are wanted.
    init(only words: String) {
        self.words = words
    }

    func begin() {
        print(
            "Medians of \(Self.rounds) rounds, in each of which both take turns. Figures are of this machine; ratios matter."
        )
        print("")
        row(["what", "objects", "other, ms", "Swift, ms", "ratio", "spread"])
    }

    func end() {
        print("")
        print("The other is a C loop that makes the same system calls, unless the row names it.")
    }

    /// Times both in turns; `change` happens before each round.
    func compare(_ name: String, _ other: Contender, _ own: Contender, change: () throws -> Void = {}) throws {
        guard words.isEmpty || name.contains(words) else { return }
        var (others, owns, ratios): ([Double], [Double], [Double]) = ([], [], [])
        var objects: UInt64 = 0
        for round in -2..<Self.rounds {
            try change()
            let (a, met) = try timed(other.look)
            let (b, found) = try timed(own.look)
            if let met, let found, met != found {
                throw Failure("\(name): the other met \(met) objects, we \(found): no comparison")
            }
            if round < 0 { continue }
            objects = found ?? 0
            others.append(a)
            owns.append(b)
            ratios.append(b / a)
        }
        ratios.sort()
        row([
            name, "\(objects)", decimal(others.median), decimal(owns.median), decimal(ratios.median, places: 3),
            "\(decimal(ratios[0], places: 3))-\(decimal(ratios[ratios.count - 1], places: 3))",
        ])
    }

    private func decimal(_ value: Double, places: Int = 2) -> String {
        let scale = places == 2 ? 100 : 1000
        let whole = Int((value * Double(scale)).rounded())
        let rest = "\(whole % scale)"
        return "\(whole / scale)." + String(repeating: "0", count: places - rest.count) + rest
    }

    private func row(_ cells: [String]) {
        var line = ""
        for (index, (cell, width)) in zip(cells, Self.widths).enumerated() {
            let blanks = String(repeating: " ", count: max(0, width - cell.count))
            line += (index == 0 ? cell + blanks : blanks + cell) + " "
        }
        print(line)
        fflush(nil)
    }
}
