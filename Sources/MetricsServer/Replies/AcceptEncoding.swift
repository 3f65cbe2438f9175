/// What a client says about content codings (RFC 9110, 12.5.3).
enum AcceptEncoding {
    /// Whether the field's values allow gzip: named with a weight above 0, or covered by such a `*`.
    static func allowsGzip(_ values: [String]) -> Bool {
        var star = false
        for item in values.lazy.flatMap({ $0.split(separator: ",") }) {
            let parts = item.split(separator: ";", omittingEmptySubsequences: false)
            guard let coding = parts.first.map(trimmed)?.lowercased() else { continue }
            switch coding {
            case "gzip", "x-gzip": return hasWeight(parts.dropFirst())
            case "*": star = hasWeight(parts.dropFirst())
            default: continue
            }
        }
        return star
    }

    /// No `q` means 1; one that is no number means that the client cannot be trusted with gzip.
    private static func hasWeight(_ parameters: ArraySlice<Substring>) -> Bool {
        for parameter in parameters {
            let pair = parameter.split(separator: "=", maxSplits: 1).map(trimmed)
            guard pair.first?.lowercased() == "q" else { continue }
            guard pair.count == 2, let weight = Double(pair[1]) else { return false }
            return weight > 0
        }
        return true
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
