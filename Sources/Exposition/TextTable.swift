/// Columns of text, as wide as they need to be.
struct TextTable {
    struct Column {
        let title: String
        let isRightAligned: Bool

        static func left(_ title: String) -> Column { Column(title: title, isRightAligned: false) }
        static func right(_ title: String) -> Column { Column(title: title, isRightAligned: true) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    /// The lines, titles first.
    func lines(_ style: TerminalStyle) -> [String] {
        let widths = columns.indices.map { index in
            rows.reduce(columns[index].title.count) { max($0, $1[index].count) }
        }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (index, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[index] - cell.count)
                let isLast = index == cells.count - 1
                text += columns[index].isRightAligned ? padding + cell : cell + (isLast ? "" : padding)
                if !isLast { text += "  " }
            }
            return text
        }
        return [style.dim(line(columns.map(\.title)))] + rows.map(line)
    }
}
