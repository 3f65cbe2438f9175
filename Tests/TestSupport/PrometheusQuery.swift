import Foundation

/// A server that answers PromQL as Prometheus does.
public protocol PromQLServer: Sendable {
    /// The process.
    var program: BackgroundProgram { get }
    /// Speaks to it.
    var client: WebClient { get }
}

/// What a series is at one time, or over a range of time.
public struct PromQLSample: Sendable {
    /// All labels but the name.
    public let labels: [String: String]
    /// The name of the metric; empty for what was calculated.
    public let name: String
    /// Seconds since 1970, and the value; one for an instant, all for a range.
    public let values: [(time: Double, value: Double)]

    /// The value of an instant.
    public var value: Double { values.last?.value ?? .nan }
}

extension PromQLServer {
    /// The series that an expression has: now, or at a time in seconds since 1970.
    public func query(_ expression: String, at time: Double? = nil) throws -> [PromQLSample] {
        let form = [("query", expression)] + (time.map { [("time", "\($0)")] } ?? [])
        let data = try answer("/api/v1/query", form: form)["data"]
        switch data["resultType"].string {
        case "scalar": return [PromQLSample(labels: [:], name: "", values: try pairs([data["result"]]))]
        case "vector": return try data["result"].elements.map { try sample($0, pairs([$0["value"]])) }
        case "matrix": return try data["result"].elements.map { try sample($0, pairs($0["values"].elements)) }
        default: throw program.failure("a strange answer: \(data)")
        }
    }

    /// The value that an expression has for one job; nil when it has none.
    public func value(_ expression: String, job: String? = nil, at time: Double? = nil) throws -> Double? {
        let found = try query(expression, at: time).filter { job == nil || $0.labels["job"] == job }
        guard found.count <= 1 else { throw program.failure("\(expression) has \(found.count) series") }
        return found.first?.value
    }

    /// Waits until something is found in it.
    public func wait<Value>(for what: String, _ find: () throws -> Value?) throws -> Value {
        try patiently(what, orFail: program.failure, find)
    }

    func answer(_ path: String, form: [(String, String)] = []) throws -> JSON {
        let answer = try client.get(path, form: form)
        let json = try JSON(answer.body)
        guard json["status"].string == "success" else { throw program.failure("\(form): \(answer.text)") }
        return json
    }

    private func sample(_ json: JSON, _ values: [(Double, Double)]) -> PromQLSample {
        var labels = strings(json["metric"])
        let name = labels.removeValue(forKey: "__name__") ?? ""
        return PromQLSample(labels: labels, name: name, values: values)
    }

    func strings(_ json: JSON) -> [String: String] {
        if case .object(let members) = json { members.compactMapValues(\.string) } else { [:] }
    }

    /// Times and values; a native histogram has no value.
    private func pairs(_ pairs: [JSON]) throws -> [(Double, Double)] {
        pairs.compactMap { pair in
            guard case .number(let time) = pair.elements.first, let text = pair.elements.last?.string else {
                return nil
            }
            return (time, Double(text) ?? .nan)
        }
    }
}
