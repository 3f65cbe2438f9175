import ArgumentParser
import Recordings
import Settings

/// Which settings a command has flags for.
protocol SettingSelection: Sendable {
    static var command: Settings.Command { get }
    static var settings: [Setting] { get }
    /// What they are when nobody says anything.
    static var defaults: Settings { get }
}

/// Those of a look by hand.
enum CollectSettings: SettingSelection {
    static let command = Settings.Command.collect
    static let defaults = Settings(for: command)
    static let settings = Setting.all.filter { $0.isFlag(of: .collect) }
}

/// Those of the doctor.
enum DoctorSettings: SettingSelection {
    static let command = Settings.Command.doctor
    static let defaults = Settings(for: command)
    static let settings = Setting.all.filter { $0.isFlag(of: .doctor) }
}

/// Those of a recording.
enum RecordSettings: SettingSelection {
    static let command = Settings.Command.collect
    static let defaults = Settings(for: command)
    static let settings = Setting.all.filter {
        $0.isFlag(of: .collect)
            && ($0.key.hasPrefix("path.") || ["pidfd_getfd", "unsafe_link_fdinfo", "log_level"].contains($0.key))
    }
}

/// A daemon's, but for those in sections of their own.
enum DaemonSettings: SettingSelection {
    static let command = Settings.Command.daemon
    static let defaults = Settings(for: command)
    static let settings = Setting.all.filter { !$0.key.hasPrefix("web.") && !$0.key.hasPrefix("otlp.") }
}

/// A daemon's, for its pages.
enum WebSettingsOnly: SettingSelection {
    static let command = Settings.Command.daemon
    static let defaults = Settings(for: command)
    static let settings = Setting.all.filter { $0.key.hasPrefix("web.") }
}

/// A daemon's, for what it pushes.
enum OTLPSettingsOnly: SettingSelection {
    static let command = Settings.Command.daemon
    static let defaults = Settings(for: command)
    static let settings = Setting.all.filter { $0.key.hasPrefix("otlp.") }
}

/// Flags for settings, made from the one list there is. The parser finds a command's options by looking at its stored
/// properties in a mirror; here, the mirror shows an option for each setting instead.
struct SettingFlags<Selection: SettingSelection>: ParsableArguments, CustomReflectable {
    /// The values given, by the settings' keys.
    let values: [String: [String]]

    init() {
        values = [:]
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        var values: [String: [String]] = [:]
        for setting in Selection.settings {
            let key = Key(stringValue: setting.key)
            switch setting.shape {
            case .single:
                values[setting.key] = try container.decode(Option<String?>.self, forKey: key).wrappedValue.map { [$0] }
            case .toggle:
                values[setting.key] = try container.decode(Flag<Bool?>.self, forKey: key).wrappedValue.map { ["\($0)"] }
            case .list, .mapping:
                values[setting.key] = try container.decode(Option<[String]>.self, forKey: key).wrappedValue
            }
        }
        self.values = values.filter { !$0.value.isEmpty }
    }

    var customMirror: Mirror {
        Mirror(self, children: Selection.settings.map { (label: $0.key, value: Self.definition(of: $0)) })
    }

    private static func definition(of setting: Setting) -> Any {
        let name = NameSpecification.customLong(setting.flagName)
        let isRepeatable = setting.shape == .list || setting.shape == .mapping
        // What profiles decide has no one default.
        let usual = setting.shown(Selection.defaults).joined(separator: ",")
        let facts = (isRepeatable ? ["repeatable"] : []) + (setting.isOfProfile ? [] : ["default: \(usual)"])
        let note = facts.isEmpty || setting.key == "profile" ? "" : " (\(facts.joined(separator: "; ")))"
        let help = ArgumentHelp("\(setting.help)\(note)", valueName: setting.valueName)
        return switch setting.shape {
        case .single: Option<String?>(name: name, help: help)
        case .toggle: Flag<Bool?>(name: name, inversion: .prefixedNo, help: help)
        case .list, .mapping: Option<[String]>(wrappedValue: [], name: name, help: help)
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) { nil }
    }
}

/// All settings as flags, and the file with the rest: what commands about a daemon share.
struct SettingsOptions: ParsableArguments {
    @OptionGroup var file: ConfigurationFile
    @OptionGroup var flags: SettingFlags<DaemonSettings>
    @OptionGroup(title: "Web Options") var web: SettingFlags<WebSettingsOnly>
    @OptionGroup(title: "OTLP Options") var otlp: SettingFlags<OTLPSettingsOnly>

    /// The values given, by the settings' keys.
    var values: [String: [String]] {
        [flags.values, web.values, otlp.values].reduce(into: [:]) { $0.merge($1) { $1 } }
    }

    /// Puts flags, environment and file together.
    ///
    /// - Parameter host: the recorded host that is looked at instead of this one.
    func load(on host: ReplayedHost?) throws -> Settings.Loaded {
        var loaded = try load()
        if let host { host.prepare(&loaded.settings.collector) } else { try loaded.validatePaths() }
        return loaded
    }

    /// The same without a look at the paths.
    func load() throws -> Settings.Loaded {
        try file.load(flags: values, for: .daemon)
    }
}
