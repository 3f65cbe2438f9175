internal import KernelObjects

/// What one source of settings says, before it is understood.
struct Layer {
    /// What it sets.
    var givens: [Given] = []
    /// What is wrong with it as a whole: names that are none, shapes that do not fit.
    var errors: [SettingsError] = []

    /// One setting in it.
    struct Given {
        let setting: Setting
        let origin: Settings.Origin
        let words: [Setting.Word]
    }

    /// The words of a text, at its commas.
    static func split(_ text: String, _ origin: Settings.Origin) -> [Setting.Word] {
        text.split(separator: ",", omittingEmptySubsequences: false)
            .map { Setting.Word(text: trimmed($0), origin: origin) }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " }
        let end = start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex
        return String(start[..<end])
    }

    private static func words(_ setting: Setting, _ text: String, _ origin: Settings.Origin) -> [Setting.Word] {
        switch setting.shape {
        case .single, .toggle: [Setting.Word(text: trimmed(text[...]), origin: origin)]
        case .list, .mapping: split(text, origin)
        }
    }
}

extension Layer {
    /// The flags, by the keys of their settings, each with its values in the order they were given.
    static func flags(_ flags: [String: [String]]) -> Layer {
        var layer = Layer()
        for (key, values) in flags.sorted(by: { $0.key < $1.key }) where !values.isEmpty {
            guard let setting = Setting.named(key) else {
                layer.errors.append(SettingsError(.unknown(didYouMean: nil), .flag(key), "is no setting"))
                continue
            }
            let isDenied = setting.shape == .toggle && values.last == "false"
            let origin = Settings.Origin.flag(isDenied ? "--no-" + setting.flagName : setting.flag)
            let words = values.flatMap { Self.words(setting, $0, origin) }
            layer.givens.append(Given(setting: setting, origin: origin, words: words))
        }
        return layer
    }

    /// The environment's variables of ours, and warnings of those that set nothing. A variable with an empty value is
    /// as good as none.
    static func environment(_ environment: [String: String]) -> (layer: Layer, warnings: [String]) {
        var layer = Layer()
        for setting in Setting.all {
            guard let text = environment[setting.variable], !text.isEmpty else { continue }
            let origin = Settings.Origin.environment(setting.variable)
            layer.givens.append(Given(setting: setting, origin: origin, words: Self.words(setting, text, origin)))
        }
        let known = Setting.all.map(\.variable) + [Settings.fileVariable]
        let warnings =
            environment.sorted { $0.key < $1.key }
            .filter { $0.key.hasPrefix(Setting.variablePrefix) && !known.contains($0.key) }
            .filter { !isOfKubernetes($0.key, $0.value) }
            .map { Self.warning(ofUnknown: $0.key, among: known) }
        return (layer, warnings)
    }

    private static func warning(ofUnknown name: String, among known: [String]) -> String {
        let hint = Suggestion.near(name, among: known).map { "; did you mean \($0)?" } ?? ""
        return "\(PrintableText.of(name.utf8)) is ignored: there is no such setting\(hint)"
    }

    /// Whether Kubernetes sets such a variable in every pod beside a service called `ebpf-metrics` or
    /// `ebpf-metrics-…`.
    private static func isOfKubernetes(_ name: String, _ value: String) -> Bool {
        let words = name.split(separator: "_")
        return words.indices.dropFirst(2).contains { index in
            switch words[index] {
            case "HOST": return words[index - 1] == "SERVICE"
            case "PORT":
                if words[index - 1] == "SERVICE" { return true }
                let rest = words[(index + 1)...]
                return rest.first.map { $0.allSatisfy(\.isWholeNumber) } ?? value.contains("://")
            default: return false
            }
        }
    }
}

extension Setting {
    /// The setting of that key.
    static func named(_ key: String) -> Setting? { all.first { $0.key == key } }
}
