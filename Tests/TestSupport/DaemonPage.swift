/// The samples of a page of metrics in Prometheus' text format.
public struct MetricsPage: Sendable {
    /// One line.
    public struct Sample: Sendable, Hashable {
        /// The name of the metric.
        public let name: String
        /// Its labels.
        public let labels: [String: String]
        /// Its value.
        public let value: Double
    }

    /// In the order of the page.
    public let samples: [Sample]

    /// A line that is none.
    public struct Malformed: Error {
        /// The line.
        public let line: String
    }

    /// Reads a page.
    public init(_ text: String) throws {
        samples = try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(Self.sample)
    }

    /// The samples of a metric that have these labels.
    public func series(_ name: String, _ labels: [String: String] = [:]) -> [Sample] {
        samples.filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
    }

    /// The value of the one sample with this name and these labels; nil when there is none, or more.
    public func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = series(name, labels)
        return found.count == 1 ? found[0].value : nil
    }

    private static func sample(_ line: Substring) throws -> Sample {
        var rest = line[...]
        let name = rest.prefix { $0 != "{" && $0 != " " }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while let first = rest.first, first != "}" {
                let key = rest.prefix { $0 != "=" }
                rest = rest.dropFirst(key.count + 2)
                labels[String(key)] = quoted(&rest)
                if rest.first == "," { rest.removeFirst() }
            }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", !name.isEmpty, let value = Double(rest.dropFirst()) else {
            throw Malformed(line: String(line))
        }
        return Sample(name: String(name), labels: labels, value: value)
    }

    /// Up to the quote that ends it, which is taken as well.
    private static func quoted(_ rest: inout Substring) -> String {
        var text = ""
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let escaped = rest.popFirst() {
                text.append(escaped == "n" ? "\n" : escaped)
            } else {
                text.append(character)
            }
        }
        return text
    }
}
