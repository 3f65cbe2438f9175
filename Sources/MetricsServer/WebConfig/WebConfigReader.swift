internal import YAMLTree

/// Takes the keys of a mapping one by one; what is left at the end nobody knows.
struct WebConfigReader {
    let file: String
    /// The keys above this mapping, with a dot at the end; empty at the top.
    private let path: String
    let line: Int
    private let rest: [YAMLNode.Entry]
    private let known: [String]

    /// - Parameter known: All keys that may be here, for the message about one that may not.
    init(_ node: YAMLNode, file: String, key: String? = nil, known: [String] = []) throws(WebConfigError) {
        guard case .mapping(let entries) = node.content else {
            throw WebConfigError(
                file: file, line: node.line, key: key, message: "here should be a mapping, not \(node.kindName)")
        }
        self.file = file
        path = key.map { $0 + "." } ?? ""
        line = node.line
        rest = entries
        self.known = known
        guard !known.isEmpty else { return }
        for entry in entries where !known.contains(entry.key) {
            throw error(entry, "there is no such key; there are \(known.joined(separator: ", "))")
        }
    }

    /// An error about a key.
    func error(_ entry: YAMLNode.Entry, _ message: String) -> WebConfigError {
        WebConfigError(file: file, line: entry.line, key: path + entry.key, message: message)
    }

    /// An error about the mapping, naming a key that should be in it.
    func error(missing key: String, _ message: String) -> WebConfigError {
        WebConfigError(file: file, line: line, key: path + key, message: message)
    }

    /// The entry; nil when it is absent or has no value.
    func entry(_ key: String) -> YAMLNode.Entry? {
        rest.first { $0.key == key && !$0.value.isNull }
    }

    /// All entries: for mappings whose keys are the user's own.
    var entries: [YAMLNode.Entry] { rest }

    /// The mapping below a key.
    func mapping(_ key: String, known: [String] = []) throws(WebConfigError) -> WebConfigReader? {
        guard let entry = entry(key) else { return nil }
        return try WebConfigReader(entry.value, file: file, key: path + key, known: known)
    }

    /// The text of an entry.
    func text(_ entry: YAMLNode.Entry) throws(WebConfigError) -> String {
        guard case .scalar(let text, _) = entry.value.content, !entry.value.isNull else {
            throw error(entry, "here should be a text, not \(entry.value.kindName)")
        }
        return text
    }

    /// The text at a key.
    func text(_ key: String) throws(WebConfigError) -> String? {
        guard let entry = entry(key) else { return nil }
        return try text(entry)
    }

    /// The truth value at a key.
    func flag(_ key: String) throws(WebConfigError) -> Bool? {
        guard let entry = entry(key) else { return nil }
        switch entry.value.content {
        case .scalar("true", isQuoted: false): return true
        case .scalar("false", isQuoted: false): return false
        default: throw error(entry, "here should be true or false")
        }
    }

    /// The texts of the list at a key.
    func texts(_ key: String) throws(WebConfigError) -> [String] {
        guard let entry = entry(key) else { return [] }
        guard case .sequence(let items) = entry.value.content else {
            throw error(entry, "here should be a list, not \(entry.value.kindName)")
        }
        var texts: [String] = []
        for item in items {
            guard case .scalar(let text, _) = item.content, !item.isNull else {
                throw WebConfigError(
                    file: file, line: item.line, key: path + key,
                    message: "the list should hold texts, not \(item.kindName)")
            }
            texts.append(text)
        }
        return texts
    }

    /// The value at a key that has a name of its own.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: String, _ type: Choice.Type
    ) throws(WebConfigError) -> Choice? {
        guard let entry = entry(key) else { return nil }
        let text = try text(entry)
        guard let choice = Choice(rawValue: text) else { throw error(entry, unknownChoice(text, type)) }
        return choice
    }

    /// The values of the list at a key.
    func choices<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: String, _ type: Choice.Type
    ) throws(WebConfigError) -> [Choice] {
        var choices: [Choice] = []
        for text in try texts(key) {
            guard let choice = Choice(rawValue: text) else {
                throw entry(key).map { error($0, unknownChoice(text, type)) }
                    ?? error(missing: key, unknownChoice(text, type))
            }
            choices.append(choice)
        }
        return choices
    }

    private func unknownChoice<Choice: CaseIterable & RawRepresentable<String>>(
        _ text: String, _ type: Choice.Type
    ) -> String {
        "'\(text)' is not known; there are \(type.allCases.map(\.rawValue).joined(separator: ", "))"
    }
}
