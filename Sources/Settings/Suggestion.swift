/// Finds the word that somebody may have meant.
enum Suggestion {
    /// The candidate most like `word`; nil when none is near. Spelling of the joints (`-`, `_`, `.`, capitals) does not
    /// count, and a word that lacks the section it belongs to is near.
    static func near(_ word: String, among candidates: [String]) -> String? {
        let wanted = letters(word)
        // Nobody mistypes into this length, and the time to compare grows with it.
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        let limit = max(2, wanted.count / 4)
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let whole = distance(wanted, letters(candidate))
            let name = candidate.split(separator: ".").last.map(String.init) ?? candidate
            let distance = word.contains(".") ? whole : min(whole, distance(wanted, letters(name)) + 1)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    private static func letters(_ word: String) -> [UInt8] {
        word.lowercased().utf8.filter { !"-_.".utf8.contains($0) }
    }

    /// How many letters have to be put in, taken out or changed.
    private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var row = Array(0...second.count)
        for (index, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in second.indices {
                let change = diagonal + (second[column] == letter ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[second.count]
    }
}
