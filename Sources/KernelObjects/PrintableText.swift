/// Text that somebody on this host chose, made harmless for terminals and logs.
package enum PrintableText {
    /// The text with control characters, and bytes that are not UTF-8, as visible escapes.
    package static func of(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Array(bytes), as: UTF8.self).unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                text.unicodeScalars.append(scalar)
            }
        }
    }
}
