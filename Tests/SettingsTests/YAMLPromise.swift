import YAMLTree

/// What the YAML reader promises for any input, beside not to crash. Fuzz/ has this file, too, and looks for an input
/// that breaks it.
enum YAMLPromise {
    /// What is broken of the promise; nil when it is kept.
    static func broken(by bytes: [UInt8]) -> String? {
        let lines = 1...lastLine(of: bytes)
        do throws(YAMLError) {
            guard let root = try YAMLNode.parse(bytes) else { return nil }
            var count = 0
            if let broken = broken(root, lines, depth: 0, &count) { return broken }
            // Each node takes a byte at least, or the one that ends what it is left out of: aliases would not keep it.
            return count <= 2 * bytes.count + 1 ? nil : "there are more nodes than the text can hold"
        } catch {
            guard lines.contains(error.line) else { return "the error is at a line that is not in the text: \(error)" }
            return error.message.isEmpty ? "the error has no message" : nil
        }
    }

    private static func broken(_ node: YAMLNode, _ lines: ClosedRange<Int>, depth: Int, _ count: inout Int) -> String? {
        count += 1
        guard depth < 32 else { return "a node is nested too deep" }
        guard lines.contains(node.line), node.column >= 1 else { return "a node is not in the text" }
        switch node.content {
        case .scalar: return nil
        case .sequence(let items):
            for item in items {
                if let broken = broken(item, lines, depth: depth + 1, &count) { return broken }
            }
        case .mapping(let entries):
            guard Set(entries.map(\.key)).count == entries.count else { return "a key is there twice" }
            for entry in entries {
                guard lines.contains(entry.line) else { return "a key is not in the text" }
                if let broken = broken(entry.value, lines, depth: depth + 1, &count) { return broken }
            }
        }
        return nil
    }

    /// The highest line that may be named: as many as there are breaks of YAML's (LF, CR, NEL, LS, PS; these bytes end
    /// them), and the one behind an end without a break.
    static func lastLine(of bytes: [UInt8]) -> Int {
        bytes.reduce(2) { count, byte in
            switch byte {
            case 0x0A, 0x0D, 0x85, 0xA8, 0xA9: count + 1
            default: count
            }
        }
    }

    /// Whether a message is one line that a terminal shows as it is.
    static func isPrintable(_ message: String) -> Bool {
        message.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}
