public import Foundation

/// HTTP as somebody else speaks it: curl.
public struct WebClient: Sendable {
    /// `name:password`, if any.
    public var user: String?
    /// The file of the certificate that the server must show, if any.
    public var authority: String?
    /// What stands before each path, without a slash at the end.
    public let base: String

    /// Speaks to a server such as `https://127.0.0.1:9944`.
    public init(_ base: String, user: String? = nil, authority: String? = nil) {
        self.base = base
        self.user = user
        self.authority = authority
    }

    /// What came back.
    public struct Answer: Sendable {
        /// Such as 200.
        public let status: Int
        /// By lower-case name.
        public let headers: [String: String]
        /// The body as it was sent, compressed or not.
        public let body: Data
        /// The body as text.
        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Why there is no answer.
    public struct Failure: Error, CustomStringConvertible {
        /// curl's exit status.
        public let status: Int32
        /// It in words.
        public let description: String
    }

    /// Asks for a page; with a form, sends that.
    public func get(
        _ path: String, headers: [String: String] = [:], form: [(String, String)] = []
    ) throws -> Answer {
        var arguments = ["--silent", "--show-error", "--include", "--http1.1", "--max-time", "60"]
        if let user { arguments += ["--user", user] }
        if let authority { arguments += ["--cacert", authority] }
        for (name, value) in headers { arguments += ["--header", "\(name): \(value)"] }
        for (name, value) in form { arguments += ["--data-urlencode", "\(name)=\(value)"] }
        let result = try Program("curl", arguments + [base + path]).run()
        guard result.status == 0 else {
            throw Failure(status: result.status, description: "\(base)\(path): \(result.errors)")
        }
        return try Self.parse(result.output)
    }

    private static func parse(_ output: Data) throws -> Answer {
        guard let end = output.firstRange(of: Data("\r\n\r\n".utf8)) else {
            throw Failure(status: 0, description: "no end of the header")
        }
        let lines = String(decoding: output[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else {
            throw Failure(status: 0, description: "a strange first line: \(lines[0])")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return Answer(status: status, headers: headers, body: Data(output[end.upperBound...]))
    }
}
