import LinuxSystem
import YAMLTree

/// An object of JSON in a recording, with the place it stands at: what a message about it has to name.
///
/// Read by the YAML parser, of whose language JSON is a part.
struct RecordedLine {
    let path: String
    let line: Int
    private let members: [String: YAMLNode]

    /// Reads a text that is one JSON object.
    init(_ bytes: [UInt8], path: String, line: Int) throws(RecordingError) {
        let node: YAMLNode?
        do throws(YAMLError) {
            node = try YAMLNode.parse(bytes, mostNodes: 5_000_000)
        } catch {
            throw RecordingError(path, line: line + error.line - 1, error.message)
        }
        guard let node else { throw RecordingError(path, line: line, "there is nothing here; an object was expected") }
        try self.init(node, path: path, line: line)
    }

    private init(_ node: YAMLNode, path: String, line: Int) throws(RecordingError) {
        guard case .mapping(let entries) = node.content else {
            throw RecordingError(path, line: line, "\(node.kindName) stands where an object was expected")
        }
        self.path = path
        self.line = line
        members = Dictionary(entries.map { ($0.key, $0.value) }) { $1 }
    }

    /// The error about this line.
    func wrong(_ message: String) -> RecordingError { RecordingError(path, line: line, message) }

    private func node(_ key: String) -> YAMLNode? {
        members[key].flatMap { $0.isNull ? nil : $0 }
    }

    func has(_ key: String) -> Bool { members[key] != nil }

    func object(_ key: String) throws(RecordingError) -> RecordedLine? {
        guard let node = node(key) else { return nil }
        return try RecordedLine(node, path: path, line: line)
    }

    func text(_ key: String) throws(RecordingError) -> String? {
        guard let node = node(key) else { return nil }
        guard case .scalar(let text, _) = node.content else { throw wrong("'\(key)' is not a text") }
        return text
    }

    func bytes(_ key: String) throws(RecordingError) -> [UInt8]? {
        guard let text = try text(key) else { return nil }
        return try bytes(text, key)
    }

    private func bytes(_ text: String, _ key: String) throws(RecordingError) -> [UInt8] {
        guard let bytes = EscapedBytes.bytes(text) else {
            throw wrong("'\(key)' has a backslash that is not followed by x and two digits")
        }
        return bytes
    }

    func flag(_ key: String) throws(RecordingError) -> Bool? {
        switch try text(key) {
        case nil: nil
        case "true": true
        case "false": false
        default: throw wrong("'\(key)' is neither true nor false")
        }
    }

    func number<Number: FixedWidthInteger>(_ key: String, radix: Int = 10) throws(RecordingError) -> Number? {
        guard let text = try text(key) else { return nil }
        guard let number = Number(text, radix: radix) else {
            throw wrong("'\(key)' is '\(text)', which is no number of its range")
        }
        return number
    }

    /// A number that has to be there.
    func required<Number: FixedWidthInteger>(_ key: String, radix: Int = 10) throws(RecordingError) -> Number {
        let number: Number? = try number(key, radix: radix)
        guard let number else { throw wrong("'\(key)' is missing") }
        return number
    }

    func list(_ key: String) throws(RecordingError) -> [[UInt8]]? {
        guard let node = node(key) else { return nil }
        guard case .sequence(let items) = node.content else { throw wrong("'\(key)' is not a list") }
        var list: [[UInt8]] = []
        for item in items {
            guard case .scalar(let text, _) = item.content else { throw wrong("'\(key)' has an item that is no text") }
            list.append(try bytes(text, key))
        }
        return list
    }

    func error(_ key: String) throws(RecordingError) -> Errno? {
        guard let name = try text(key) else { return nil }
        guard let error = Errno(name: name) else { throw wrong("'\(key)' is '\(name)', which is no error's name") }
        return error
    }

    /// A value, or `{"error": …}` in its place; nil when neither is there.
    func answer<Value>(
        _ key: String, _ read: () throws(RecordingError) -> Value?
    ) throws(RecordingError) -> Result<Value, Errno>? {
        if let node = node(key), case .mapping = node.content,
            let error = try object(key)?.error("error")
        {
            return .failure(error)
        }
        return try read().map { .success($0) }
    }
}
