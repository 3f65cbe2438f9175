internal import YAMLTree

extension Settings {
    /// A configuration file.
    public struct File: Sendable, Equatable {
        /// Its path, for messages.
        public let path: String
        /// What is in it.
        public let bytes: [UInt8]

        /// A file that has been read.
        public init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }
}

/// Finds the settings in a file: `web.max_connections: 5` is the same as `max_connections: 5` under `web:`.
struct FileReader {
    let path: String
    private(set) var layer = Layer()
    private var lines: [String: Int] = [:]
    /// How many words may still be looked for: it takes a while, and a file of another program's has nothing but such.
    private var suggestionsLeft = 50

    /// Everything that a file says, right and wrong.
    static func read(_ file: Settings.File) -> Layer {
        var reader = FileReader(path: file.path)
        do throws(YAMLError) {
            switch try YAMLNode.parse(file.bytes) {
            case nil: break
            case let root?: reader.read(root)
            }
        } catch {
            reader.layer.errors.append(SettingsError(.notYAML, reader.origin(error.line), error.message))
        }
        return reader.layer
    }

    private init(path: String) {
        self.path = path
    }

    private mutating func read(_ root: YAMLNode) {
        guard case .mapping(let entries) = root.content else {
            report(.wrongType, root.line, nil, "\(root.kindName) stands here; a mapping of settings is expected")
            return
        }
        read(entries, under: "")
    }

    private mutating func read(_ entries: [YAMLNode.Entry], under section: String) {
        for entry in entries {
            let key = section + entry.key
            if let setting = Setting.named(key) {
                read(setting, entry)
            } else if Setting.all.contains(where: { $0.key.hasPrefix(key + ".") }) {
                if case .mapping(let inner) = entry.value.content {
                    read(inner, under: key + ".")
                } else if !entry.value.isNull {
                    // A section with all its lines commented out is nothing; that is no mistake.
                    report(
                        .wrongType, entry.line, key, "is \(entry.value.kindName); a mapping of settings is expected")
                }
            } else {
                suggestionsLeft -= 1
                let near = suggestionsLeft >= 0 ? Suggestion.near(key, among: Setting.all.map(\.key)) : nil
                let hint = near.map { "; did you mean \($0)?" } ?? ""
                report(.unknown(didYouMean: near), entry.line, key, "is no setting\(hint)")
            }
        }
    }

    private mutating func read(_ setting: Setting, _ entry: YAMLNode.Entry) {
        if let first = lines[setting.key] {
            report(.duplicate, entry.line, setting.key, "is there twice; it stands in line \(first) already")
            return
        }
        lines[setting.key] = entry.line
        guard let words = words(setting, entry.value, entry.line) else { return }
        layer.givens.append(Layer.Given(setting: setting, origin: origin(entry.line), words: words))
    }

    /// What the value says; nil, and a report, when it is of another shape.
    private mutating func words(_ setting: Setting, _ value: YAMLNode, _ line: Int) -> [Setting.Word]? {
        if value.isNull {
            report(.empty, line, setting.key, "is empty; give a value, or leave the line out")
            return nil
        }
        switch (setting.shape, value.content) {
        case (.single, .scalar(let text, _)), (.toggle, .scalar(let text, _)):
            return [Setting.Word(text: text, origin: origin(line))]
        case (.list, .scalar(let text, _)):
            return Layer.split(text, origin(line))
        case (.list, .sequence(let items)):
            return items.isEmpty ? nothing(setting, line) : items.compactMap { scalar(setting, $0, name: nil) }
        case (.mapping, .mapping(let entries)):
            return entries.compactMap { scalar(setting, $0.value, name: $0.key) }
        case (.mapping, .scalar("none", _)):
            return []
        case (_, _):
            let wanted =
                switch setting.shape {
                case .single, .toggle: "a single value"
                case .list: "a list"
                case .mapping: "a mapping of names to values"
                }
            report(.wrongType, line, setting.key, "is \(value.kindName); \(wanted) is expected")
            return nil
        }
    }

    /// What an empty list says: that there is none, where that is a value.
    private mutating func nothing(_ setting: Setting, _ line: Int) -> [Setting.Word]? {
        if setting.allowsNone { return [] }
        report(.empty, line, setting.key, "is empty; give at least one \(setting.valueName)")
        return nil
    }

    private mutating func scalar(_ setting: Setting, _ node: YAMLNode, name: String?) -> Setting.Word? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            let what = name.map { "has \(node.kindName) for '\($0)'" } ?? "has \(node.kindName) in its list"
            report(.wrongType, node.line, setting.key, "\(what); a single value is expected")
            return nil
        }
        return Setting.Word(text: text, name: name, origin: origin(node.line))
    }

    private mutating func report(_ kind: SettingsError.Kind, _ line: Int, _ key: String?, _ text: String) {
        layer.errors.append(SettingsError(kind, origin(line), key: key, text))
    }

    private func origin(_ line: Int) -> Settings.Origin { .file(path, line: line) }
}
