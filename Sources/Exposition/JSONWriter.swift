/// Writes JSON as it comes, without a tree in memory. Commas and escapes are its business; nesting is the caller's.
package struct JSONWriter {
    private var output: OutputBuffer
    private var needsComma = false
    private var needsLine = false

    package init(to sink: @escaping ([UInt8]) -> Void) {
        output = OutputBuffer(to: sink)
    }

    /// Begins a new line before the next value or key, which JSON does not mind.
    package mutating func line() {
        needsLine = true
    }

    /// Ends the text.
    package mutating func finish() {
        output.append(byte: 0x0A)
        output.flush()
    }

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        separate()
        output.append(byte: UInt8(ascii: "{"))
        needsComma = false
        body(&self)
        if needsLine { output.append(byte: 0x0A) }
        needsLine = false
        output.append(byte: UInt8(ascii: "}"))
        needsComma = true
        output.flushIfLarge()
    }

    package mutating func array<Elements: Sequence>(
        _ elements: Elements, _ body: (inout JSONWriter, Elements.Element) -> Void
    ) {
        separate()
        output.append(byte: UInt8(ascii: "["))
        needsComma = false
        for element in elements { body(&self, element) }
        output.append(byte: UInt8(ascii: "]"))
        needsComma = true
    }

    package mutating func key(_ key: StaticString) {
        separate()
        output.append(byte: UInt8(ascii: "\""))
        output.append(key)
        output.append("\":")
        needsComma = false
    }

    package mutating func key(_ key: String) {
        value(key)
        output.append(byte: UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func value(_ text: String?) {
        guard let text else { return null() }
        separate()
        output.append(byte: UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append("\\\"")
            case UInt8(ascii: "\\"): output.append("\\\\")
            case 0x0A: output.append("\\n")
            case 0..<0x20, 0x7F:
                output.append("\\u00")
                output.append(byte: Self.digits[Int(byte >> 4)])
                output.append(byte: Self.digits[Int(byte & 0xF)])
            default: output.append(byte: byte)
            }
        }
        output.append(byte: UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func value(_ number: (some UnsignedInteger)?) {
        guard let number else { return null() }
        separate()
        output.append(UInt64(number))
        needsComma = true
    }

    package mutating func value(_ number: Int32?) {
        guard let number else { return null() }
        separate()
        output.append(text: "\(number)")
        needsComma = true
    }

    package mutating func value(_ number: Double) {
        separate()
        output.append(number)
        needsComma = true
    }

    package mutating func value(_ flag: Bool?) {
        guard let flag else { return null() }
        separate()
        output.append(flag ? "true" : "false")
        needsComma = true
    }

    package mutating func null() {
        separate()
        output.append("null")
        needsComma = true
    }

    package mutating func member(_ key: StaticString, _ text: String?) {
        self.key(key)
        value(text)
    }

    package mutating func member(_ key: StaticString, _ number: (some UnsignedInteger)?) {
        self.key(key)
        value(number)
    }

    package mutating func member(_ key: StaticString, _ flag: Bool?) {
        self.key(key)
        value(flag)
    }

    package mutating func member(_ key: StaticString, _ number: Double) {
        self.key(key)
        value(number)
    }

    /// Bytes as text, and again in hexadecimal where the text cannot say what they are.
    package mutating func member(_ key: StaticString, _ hexKey: StaticString, bytes: [UInt8]?) {
        self.key(key)
        guard let bytes else {
            null()
            member(hexKey, nil as String?)
            return
        }
        let text = String(decoding: bytes, as: UTF8.self)
        value(text)
        let isLossy = Array(text.utf8) != bytes
        member(hexKey, isLossy ? Self.hexadecimal(bytes) : nil)
    }

    private mutating func separate() {
        if needsComma { output.append(byte: UInt8(ascii: ",")) }
        needsComma = false
        if needsLine { output.append(byte: 0x0A) }
        needsLine = false
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }, as: UTF8.self)
    }
}
