/// A place to listen at: `127.0.0.1:9944`, `[::1]:9944`, `localhost:9944`, or `:9944` for all interfaces.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address or host name; nil for all interfaces.
    public let host: String?
    /// The port; 0 lets the kernel choose.
    public let port: Int

    /// An address of its parts.
    public init(host: String?, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads the form that exporters use.
    public init(_ text: String) throws(ListenAddressError) {
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            throw ListenAddressError(text: text, problem: .noPort)
        }
        let portText = text[text.index(after: colon)...]
        guard portText.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(portText) else {
            throw ListenAddressError(text: text, problem: .badPort)
        }
        self.port = Int(port)
        let hostText = text[..<colon]
        if hostText.isEmpty {
            host = nil
        } else if hostText.first == "[" {
            let inner = hostText.dropFirst().dropLast()
            guard hostText.last == "]", inner.contains(":"), !inner.contains(where: { "[]".contains($0) }) else {
                throw ListenAddressError(text: text, problem: .badBrackets)
            }
            host = String(inner)
        } else {
            guard !hostText.contains(":") else { throw ListenAddressError(text: text, problem: .noBrackets) }
            guard !hostText.contains(where: { $0.isWhitespace || "[]/".contains($0) }) else {
                throw ListenAddressError(text: text, problem: .badHost)
            }
            host = String(hostText)
        }
    }

    /// As it is written.
    public var description: String {
        guard let host else { return ":\(port)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Why a text is no listen address.
public struct ListenAddressError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text.
    public let text: String
    /// What is wrong with it.
    public let problem: Problem

    /// What can be wrong.
    public enum Problem: Sendable, Equatable {
        /// There is no `:PORT` at the end.
        case noPort
        /// What follows the last colon is no port.
        case badPort
        /// An IPv6 address without brackets.
        case noBrackets
        /// Brackets around something else than an IPv6 address.
        case badBrackets
        /// No host name.
        case badHost
    }

    /// What is wrong, and what to write.
    public var description: String {
        let reason =
            switch problem {
            case .noPort: "it ends in no port; write HOST:PORT, or :PORT for all interfaces"
            case .badPort: "what follows the last colon is no port (0 to 65535)"
            case .noBrackets: "an IPv6 address goes in brackets: [::1]:9944"
            case .badBrackets: "brackets go around an IPv6 address and nothing else: [::1]:9944"
            case .badHost: "the part before the colon is no host name or address"
            }
        return "'\(text)' is no address to listen at: \(reason)"
    }
}
