/// A protobuf message as it is on the wire: numbers and bytes, without any schema.
struct WireMessage {
    enum Value: Equatable {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes([UInt8])

        var double: Double? { if case .fixed64(let bits) = self { Double(bitPattern: bits) } else { nil } }
        var text: String? { if case .bytes(let bytes) = self { String(validating: bytes, as: UTF8.self) } else { nil } }
        var number: UInt64? { if case .varint(let number) = self { number } else { nil } }
        /// A `sint32` or `sint64`.
        var zigzag: Int64? { number.map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) } }
    }

    struct Malformed: Error {}

    private let fields: [(number: Int, value: Value)]

    init(_ bytes: [UInt8]) throws {
        var fields: [(number: Int, value: Value)] = []
        var reader = Reader(bytes[...])
        while !reader.rest.isEmpty {
            let key = try reader.varint()
            let value: Value =
                switch key & 7 {
                case 0: .varint(try reader.varint())
                case 1: .fixed64(try reader.take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
                case 2: .bytes(Array(try reader.take(Int(try reader.varint()))))
                default: throw Malformed()
                }
            fields.append((Int(key >> 3), value))
        }
        self.fields = fields
    }

    /// The messages of a stream, each after its length.
    static func delimited(_ bytes: [UInt8]) throws -> [WireMessage] {
        var messages: [WireMessage] = []
        var reader = Reader(bytes[...])
        while !reader.rest.isEmpty {
            messages.append(try WireMessage(Array(try reader.take(Int(try reader.varint())))))
        }
        return messages
    }

    /// The value of a field; nil when it is not there.
    subscript(number: Int) -> Value? { all(number).last }

    /// All values of a repeated field.
    func all(_ number: Int) -> [Value] { fields.filter { $0.number == number }.map(\.value) }

    /// All messages in a repeated field.
    func messages(_ number: Int) throws -> [WireMessage] {
        try all(number).map { value in
            guard case .bytes(let bytes) = value else { throw Malformed() }
            return try WireMessage(bytes)
        }
    }

    /// The numbers in a packed field.
    func packed(_ number: Int) throws -> [Value] {
        try all(number).flatMap { value in
            guard case .bytes(let bytes) = value else { return [value] }
            var reader = Reader(bytes[...])
            var values: [Value] = []
            while !reader.rest.isEmpty { values.append(.varint(try reader.varint())) }
            return values
        }
    }

    /// The numbers of the fields there are.
    var numbers: Set<Int> { Set(fields.map(\.number)) }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        mutating func varint() throws -> UInt64 {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 64, by: 7) {
                guard let byte = rest.popFirst() else { throw Malformed() }
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            throw Malformed()
        }

        mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard count >= 0, rest.count >= count else { throw Malformed() }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
    }
}
