public import Foundation

/// A JSON value, read by somebody else's parser than the one that wrote it.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// Reads a document.
    public init(_ data: Data) throws {
        self = Self.convert(try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed))
    }

    private static func convert(_ value: Any) -> JSON {
        switch value {
        case let dictionary as [String: Any]: .object(dictionary.mapValues(convert))
        case let array as [Any]: .array(array.map(convert))
        case let text as String: .string(text)
        case let number as NSNumber:
            String(cString: number.objCType) == "c" ? .bool(number.boolValue) : .number(number.doubleValue)
        default: .null
        }
    }

    /// A member of an object; null when there is none.
    public subscript(key: String) -> JSON {
        if case .object(let members) = self { members[key] ?? .null } else { .null }
    }

    /// The elements of an array; none for anything else.
    public var elements: [JSON] { if case .array(let elements) = self { elements } else { [] } }
    /// A whole number.
    public var int: Int? { if case .number(let number) = self { Int(exactly: number) } else { nil } }
    /// A text.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// A flag.
    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    /// Whether it is null, or not there.
    public var isNull: Bool { self == .null }
}
