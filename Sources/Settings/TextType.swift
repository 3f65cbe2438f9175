/// How values of one type are read from a user's text, and written for one.
struct TextType<Value: Sendable>: Sendable {
    /// What stands for a value in a line of help: `duration`.
    let name: String
    /// Whether a flag needs no value, but a form that says no.
    var isToggle = false
    /// Reads a text that is not empty.
    let read: @Sendable (String) throws(ValueProblem) -> Value
    /// Writes a text that reads as the same value.
    let write: @Sendable (Value) -> String

    /// A type whose absence has a word of its own, so that a stronger layer can take a value back.
    func or(_ word: String) -> TextType<Value?> {
        TextType<Value?>(name: name) { (text) throws(ValueProblem) in
            text == word ? nil : try read(text)
        } write: { value in
            value.map(write) ?? word
        }
    }
}

extension TextType where Value == Bool {
    /// What YAML 1.1 calls a boolean, but for single letters.
    static let boolean = TextType(name: "boolean", isToggle: true) { (text) throws(ValueProblem) in
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw ValueProblem(.badValue, text, "is neither true nor false")
        }
    } write: {
        "\($0)"
    }
}

extension TextType {
    /// One of a few words.
    static func oneOf(_ what: String, _ values: [Value], _ word: @escaping @Sendable (Value) -> String) -> Self {
        TextType(name: what) { (text) throws(ValueProblem) in
            if let value = values.first(where: { word($0) == text }) { return value }
            let words = values.map(word)
            let list = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
            throw ValueProblem(.badValue, text, "is no \(what); choose \(list)")
        } write: {
            word($0)
        }
    }
}

extension TextType where Value == Int {
    /// A whole number in a range.
    static func number(_ range: ClosedRange<Int>) -> Self {
        TextType(name: "number") { (text) throws(ValueProblem) in
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw ValueProblem(
                    .badValue, text, "is no whole number; give one from \(range.lowerBound) to \(range.upperBound)")
            }
            guard let value = Int(text), range.contains(value) else {
                throw ValueProblem(
                    .outOfRange, text, "is out of range; give a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        } write: {
            "\($0)"
        }
    }
}

extension TextType where Value == String {
    /// A path of a file or folder.
    static let path = TextType(name: "path") { (text) throws(ValueProblem) in
        guard !text.utf8.contains(0) else {
            throw ValueProblem(.badValue, "holds a NUL byte, which no path can")
        }
        return text
    } write: {
        $0
    }

    /// The beginning of a kernel's name. One that no name can begin with is a mistake: it would match nothing.
    static let namePrefix = TextType(name: "text") { (text) throws(ValueProblem) in
        guard text.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }) else {
            throw ValueProblem(
                .badValue, text, "matches nothing: kernel names are made of letters, digits, '_' and '.'")
        }
        guard text.utf8.count <= 15 else {
            throw ValueProblem(.outOfRange, text, "matches nothing: kernel names have at most 15 characters")
        }
        return text
    } write: {
        $0
    }

    /// The first part of metrics' names.
    static let metricPrefix = TextType(name: "text") { (text) throws(ValueProblem) in
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            part.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
                && part.first.map { !(0x30...0x39).contains($0) } == true
        }
        guard isName else {
            throw ValueProblem(
                .badValue, text, "cannot begin a metric's name; use letters, digits and '_', such as odigos")
        }
        return text
    } write: {
        $0
    }
}

/// Whether a byte is an ASCII letter or digit.
func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39: true
    default: false
    }
}
