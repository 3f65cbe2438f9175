/// A number and its unit as a user writes them: `1.5 GiB`.
private struct Quantity {
    /// The number.
    let number: Double
    /// What follows it, without space; empty for none.
    let unit: Substring

    /// Decimal digits with or without a fraction, then a unit; no signs, no exponents.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isWholeNumber || $0 == ".") }
        guard let number = Double(digits), digits.first != ".", digits.last != "." else { return nil }
        self.number = number
        unit = text.dropFirst(digits.count).drop { $0 == " " }
    }
}

extension TextType where Value == Duration {
    /// Milliseconds in each unit, the one for a bare number first. Ascending otherwise.
    private static var units: [(name: String, milliseconds: Int64)] {
        [("s", 1000), ("ms", 1), ("m", 60_000), ("h", 3_600_000)]
    }

    /// A time span in a range, to the millisecond.
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        TextType(name: "duration") { (text) throws(ValueProblem) in
            guard let quantity = Quantity(text),
                let unit = units.first(where: { $0.name == quantity.unit || quantity.unit.isEmpty })
            else {
                throw ValueProblem(.badValue, text, "is no duration; write 60s, 500ms, 2m or 1h")
            }
            let milliseconds = (quantity.number * Double(unit.milliseconds)).rounded()
            // Far beyond every range, and far below what an Int64 holds.
            let value = Duration.milliseconds(Int64(min(milliseconds, 1e15)))
            guard range.contains(value) else {
                let bounds = "from \(spelling(range.lowerBound)) to \(spelling(range.upperBound))"
                throw ValueProblem(.outOfRange, text, "is out of range; give a duration \(bounds)")
            }
            return value
        } write: {
            spelling($0)
        }
    }

    /// In whole hours when there are any, else in seconds or milliseconds.
    private static func spelling(_ value: Duration) -> String {
        let (seconds, attoseconds) = value.components
        if attoseconds != 0 { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        return seconds > 0 && seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds)s"
    }
}

extension TextType where Value == Int {
    /// Bytes in each unit, the largest first.
    private static var sizes: [(name: String, bytes: Int)] {
        [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)]
    }

    /// A number of bytes in a range.
    static func bytes(_ range: ClosedRange<Int>) -> Self {
        TextType(name: "size") { (text) throws(ValueProblem) in
            let quantity = Quantity(text)
            let unit: Int? =
                switch quantity?.unit {
                case "", "B": 1
                case let name: sizes.first { $0.name == name ?? "" }?.bytes
                }
            guard let quantity, let unit else {
                throw ValueProblem(
                    .badValue, text, "is no size; write 10MiB, 512KiB, 1GiB, 10MB, 500kB or a number of bytes")
            }
            let bytes = Int(min((quantity.number * Double(unit)).rounded(), 1e18))
            guard range.contains(bytes) else {
                throw ValueProblem(
                    .outOfRange, text,
                    "is out of range; give a size from \(spelling(range.lowerBound)) to \(spelling(range.upperBound))")
            }
            return bytes
        } write: {
            spelling($0)
        }
    }

    /// In the largest unit that leaves no rest.
    private static func spelling(_ bytes: Int) -> String {
        let unit = sizes.first { bytes > 0 && bytes % $0.bytes == 0 }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)"
    }
}
