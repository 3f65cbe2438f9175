internal import KernelObjects

extension Settings.Loaded {
    /// Every setting with its value and where it comes from, in columns.
    public func text() -> String {
        let rows = Setting.all.map { setting in
            (
                setting.key, PrintableText.of(setting.shown(settings).joined(separator: ",").utf8),
                "\(origins[setting.key] ?? .default)"
            )
        }
        // One long value must not push the last column out of sight for all.
        let widths = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).filter { $0 <= 40 }.max() ?? 0)
        return rows.map { "\(padded($0, widths.0))  \(padded($1, widths.1))  \($2)\n" }.joined()
    }

    /// A file that sets what is set here, each line with its origin. Secrets are left out, as comments.
    public func yaml() -> String {
        var text = ""
        var open: [Substring] = []
        for setting in Setting.all {
            let path = setting.key.split(separator: ".")
            let sections = path.dropLast()
            let shared = zip(sections, open).prefix { $0 == $1 }.count
            for (depth, section) in sections.enumerated().dropFirst(shared) {
                text += "\(indent(depth))\(section):\n"
            }
            open = Array(sections)
            let words = setting.shown(settings)
            let hides = setting.isSecret && words != ["none"]
            text += "\(indent(sections.count))\(hides ? "# " : "")\(path.last ?? ""): \(value(setting, words))"
            text += "  # \(origins[setting.key] ?? .default)\n"
        }
        return text
    }

    private func value(_ setting: Setting, _ words: [String]) -> String {
        switch setting.shape {
        case .single, .toggle: words.map(scalar).joined()
        case .list: "[\(words.map(scalar).joined(separator: ", "))]"
        case .mapping where words == ["none"]: "{}"
        case .mapping:
            "{"
                + words.map { word in
                    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return parts.map { scalar(String($0)) }.joined(separator: ": ")
                }.joined(separator: ", ") + "}"
        }
    }

    private func indent(_ depth: Int) -> String { String(repeating: " ", count: 2 * depth) }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// A text as YAML reads it back, without quotes where none are needed.
    private func scalar(_ text: String) -> String {
        let isPlain =
            text.utf8.allSatisfy { isLetterOrDigit($0) || "_-./:".utf8.contains($0) }
            && text.utf8.first.map { isLetterOrDigit($0) || $0 == UInt8(ascii: "/") } == true
            && text.last != ":" && text.lowercased() != "null"
        if isPlain { return text }
        return "\""
            + text.unicodeScalars.map { scalar in
                switch scalar {
                case "\"", "\\": "\\\(scalar)"
                case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}":
                    "\\U" + String(repeating: "0", count: 8 - String(scalar.value, radix: 16).count)
                        + String(scalar.value, radix: 16)
                default: String(scalar)
                }
            }.joined() + "\""
    }
}
