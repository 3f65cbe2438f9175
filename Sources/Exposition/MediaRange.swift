/// One entry of an `Accept` field (RFC 9110, 12.5.1): `text/*;version=0.0.4;q=0.5`. All in lower case.
struct MediaRange: Equatable {
    let type: String
    let subtype: String
    let parameters: [String: String]
    /// From 0, not wanted, to 1.
    let quality: Double

    /// The entries of a field; one that makes no sense is left out.
    static func list(_ field: String) -> [MediaRange] {
        split(field.lowercased()[...], at: UInt8(ascii: ",")).compactMap(MediaRange.init)
    }

    private init?(_ text: Substring) {
        let parts = Self.split(text, at: UInt8(ascii: ";"))
        let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else { return nil }
        var parameters: [String: String] = [:]
        var quality = 1.0
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = part[..<equals]
            let value = Self.unquoted(part[part.index(after: equals)...])
            if name == "q" {
                guard let number = Double(value), (0...1).contains(number) else { return nil }
                quality = number
            } else {
                parameters[String(name)] = value
            }
        }
        (type, subtype) = (String(names[0]), String(names[1]))
        self.parameters = parameters
        self.quality = quality
    }

    /// Splits at a separator outside of quoted strings, and takes white space off the parts.
    private static func split(_ text: Substring, at separator: UInt8) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var (isQuoted, isEscaped) = (false, false)
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, byte == separator {
                parts.append(trimmed(text[start..<index]))
                start = text.utf8.index(after: index)
            }
        }
        return parts + [trimmed(text[start...])]
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let rest = text.drop(while: isSpace)
        return rest.lastIndex { !isSpace($0) }.map { rest[...$0] } ?? ""
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.utf8.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var value = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                value.append(character)
                isEscaped = false
            }
        }
        return value
    }
}
