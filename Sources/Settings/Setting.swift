/// One setting: its name in each layer, its type, and the place of its value. `Setting.all` has them all.
public struct Setting: Sendable {
    /// The name in the file, sections first: `collection.max_age`.
    public let key: String
    /// Whether it takes one value, several, or none.
    public let shape: Shape
    /// What stands for a value in a line of help: `duration`.
    public let valueName: String
    /// What it does, in a sentence or two.
    public let help: String
    /// Whose business it is.
    public let scope: Scope
    /// Whether its values are not to be shown.
    public let isSecret: Bool
    /// Whether an empty list is a value.
    let allowsNone: Bool

    /// Reads what a layer says; changes nothing if that is wrong.
    let set: @Sendable ([Word], inout Settings) throws(SettingsErrors) -> Void
    /// The value as words that would set it.
    let words: @Sendable (Settings) -> [String]

    /// How many values there are.
    public enum Shape: Sendable {
        /// One.
        case single
        /// True or false; as a flag it has no value, but a `no-`.
        case toggle
        /// Several: a list in the file, separated by commas elsewhere, or the flag repeated.
        case list
        /// Several with names: a mapping in the file, `name=value` elsewhere.
        case mapping
    }

    /// Which commands it concerns. File and environment describe the daemon: a look by hand takes from them what it
    /// needs to look at the same host, and shows everything unless flags say otherwise.
    public enum Scope: Sendable {
        /// How to look at this host: for every command, from every layer.
        case host
        /// How the output is spelt: for a look by hand and a daemon, from every layer.
        case output
        /// Which programs count: a look by hand takes it from flags only. The doctor explains the daemon's.
        case filter
        /// What is shown, and how much: of flags only for a look by hand.
        case view
        /// A daemon's alone.
        case daemon
    }

    /// A piece of what a layer says.
    struct Word {
        let text: String
        /// The name, where a mapping in the file gives it; elsewhere it is in the text.
        var name: String?
        let origin: Settings.Origin
    }

    /// The flag, in its affirmative form.
    public var flag: String { "--" + flagName }

    /// The flag without dashes before it.
    public var flagName: String { key.map { $0 == "_" ? "-" : String($0) }.joined() }

    /// The environment variable.
    public var variable: String {
        Self.variablePrefix + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// What every environment variable of ours begins with.
    static let variablePrefix = "EBPF_METRICS_"

    /// Whether a command has the flag.
    public func isFlag(of command: Settings.Command) -> Bool {
        switch command {
        case .daemon: true
        case .collect: scope != .daemon
        case .doctor: scope == .host || scope == .filter
        }
    }

    /// Whether environment and file count for a command.
    func isConfigured(for command: Settings.Command) -> Bool {
        isFlag(of: command) && (command != .collect || scope == .host || scope == .output)
    }

    /// The value as words that would set it, for people to read.
    public func shown(_ settings: Settings) -> [String] {
        let words = words(settings)
        let isNone = allowsNone && words.count == 1 && !words[0].contains("=")
        return isSecret && !isNone ? words.map { ($0.split(separator: "=").first ?? "") + "=<secret>" } : words
    }
}

extension Setting {
    /// A setting with one value.
    static func single<Value: Sendable>(
        _ key: String, _ path: any WritableKeyPath<Settings, Value> & Sendable, _ type: TextType<Value>,
        _ scope: Scope, _ help: String
    ) -> Setting {
        Setting(
            key: key, shape: type.isToggle ? .toggle : .single, valueName: type.name, help: help,
            scope: scope, isSecret: false, allowsNone: false
        ) { (words, settings) throws(SettingsErrors) in
            // As with flags everywhere, the last one given counts.
            guard let word = words.last else { return }
            settings[keyPath: path] = try read(word, type, key: key)
        } words: { settings in
            [type.write(settings[keyPath: path])]
        }
    }

    /// A setting with several values. `nothing` is the word for none of them, where that is allowed.
    static func list<Value: Sendable & Equatable>(
        _ key: String, _ path: any WritableKeyPath<Settings, [Value]> & Sendable, _ type: TextType<Value>,
        nothing: String?, _ scope: Scope, _ help: String
    ) -> Setting {
        several(key, .list, path, type.name, nothing, scope, isSecret: false, help) { (word) throws(SettingsErrors) in
            try read(word, type, key: key)
        } isSame: {
            $0 == $1
        } write: {
            type.write($0)
        }
    }

    /// A setting with named values.
    static func mapping(
        _ key: String, _ path: any WritableKeyPath<Settings, [OTLPSettings.Header]> & Sendable, isSecret: Bool,
        check: @escaping @Sendable (OTLPSettings.Header) throws(ValueProblem) -> Void, _ help: String
    ) -> Setting {
        several(key, .mapping, path, "name=value", "none", .daemon, isSecret: isSecret, help) {
            (word) throws(SettingsErrors) in
            do throws(ValueProblem) {
                let pair = try pair(word)
                try check(pair)
                return pair
            } catch {
                throw SettingsErrors([SettingsError(error.kind, word.origin, key: key, error.text)])
            }
        } isSame: {
            $0.name == $1.name
        } write: {
            "\($0.name)=\($0.value)"
        }
    }

    private static func several<Value: Sendable>(
        _ key: String, _ shape: Shape, _ path: any WritableKeyPath<Settings, [Value]> & Sendable, _ valueName: String,
        _ nothing: String?, _ scope: Scope, isSecret: Bool, _ help: String,
        read: @escaping @Sendable (Word) throws(SettingsErrors) -> Value,
        isSame: @escaping @Sendable (Value, Value) -> Bool, write: @escaping @Sendable (Value) -> String
    ) -> Setting {
        Setting(
            key: key, shape: shape, valueName: valueName, help: help, scope: scope, isSecret: isSecret,
            allowsNone: nothing != nil
        ) {
            (words, settings) throws(SettingsErrors) in
            var values: [Value] = []
            var errors: [SettingsError] = []
            let isNothing = words.count == 1 && words[0].name == nil && words[0].text == nothing
            for word in isNothing ? [] : words {
                do throws(SettingsErrors) {
                    let value = try read(word)
                    guard !values.contains(where: { isSame($0, value) }) else {
                        let name = isSecret ? "a name" : "'\(word.name ?? word.text)'"
                        errors.append(SettingsError(.duplicate, word.origin, key: key, "has \(name) twice"))
                        continue
                    }
                    values.append(value)
                } catch {
                    errors += error.errors
                }
            }
            guard errors.isEmpty else { throw SettingsErrors(errors) }
            settings[keyPath: path] = values
        } words: { settings in
            let values = settings[keyPath: path]
            return values.isEmpty ? nothing.map { [$0] } ?? [] : values.map(write)
        }
    }

    private static func read<Value>(_ word: Word, _ type: TextType<Value>, key: String) throws(SettingsErrors) -> Value
    {
        do throws(ValueProblem) {
            guard !word.text.isEmpty else { throw ValueProblem(.empty, "'' is empty; give a \(type.name)") }
            return try type.read(word.text)
        } catch {
            throw SettingsErrors([SettingsError(error.kind, word.origin, key: key, error.text)])
        }
    }

    /// What is wrong is said without the text, which may be a secret.
    private static func pair(_ word: Word) throws(ValueProblem) -> OTLPSettings.Header {
        if let name = word.name { return OTLPSettings.Header(name, word.text) }
        let parts = word.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw ValueProblem(.badValue, "has an entry without '='; write name=value, separated by commas")
        }
        return OTLPSettings.Header(String(parts[0]), String(parts[1]))
    }
}
