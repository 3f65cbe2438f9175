@testable import Settings

/// What the reader of the settings file promises for any input, beside not to crash. Fuzz/ has this file, too, and
/// looks for an input that breaks it.
enum SettingsPromise {
    /// What is broken of the promise; nil when it is kept.
    static func broken(by bytes: [UInt8]) -> String? {
        let lines = 1...YAMLPromise.lastLine(of: bytes)
        do throws(SettingsErrors) {
            let loaded = try Settings.load(file: Settings.File(path: "/etc/settings.yaml", bytes: bytes))
            for case .file(_, let line) in loaded.origins.values where !lines.contains(line) {
                return "a setting is from a line that is not in the text"
            }
            return loaded.warnings.allSatisfy(YAMLPromise.isPrintable) ? nil : "a warning is not one line"
        } catch {
            return broken(error.errors, lines)
        }
    }

    private static func broken(_ errors: [SettingsError], _ lines: ClosedRange<Int>) -> String? {
        guard !errors.isEmpty else { return "it is refused without a reason" }
        var last = 0
        for error in errors {
            guard YAMLPromise.isPrintable(error.description) else { return "an error is not one line" }
            guard case .file("/etc/settings.yaml", let line) = error.origin else {
                return "an error is not about the file"
            }
            guard lines.contains(line) else { return "an error is at a line that is not in the text" }
            guard line >= last || error.kind == .conflict else { return "the errors are not in the order of lines" }
            last = line
        }
        return nil
    }
}
