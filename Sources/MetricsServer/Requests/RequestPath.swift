/// The path of a request's target.
enum RequestPath {
    /// The path, percent-decoded, without query and fragment; nil when it is none: no `/` at its beginning, a broken
    /// escape, a NUL, or no UTF-8. The absolute form, which proxies send, is understood.
    static func decode(_ target: String) -> String? {
        var bytes = Array(target.utf8)[...]
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            bytes = bytes.dropFirst(scheme.utf8.count).drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
            if bytes.first != UInt8(ascii: "/") { bytes = [UInt8(ascii: "/")] + bytes }
        }
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "?"), UInt8(ascii: "#"):
                return String(validating: decoded, as: UTF8.self)
            case UInt8(ascii: "%"):
                guard let high = hexDigit(bytes.popFirst()), let low = hexDigit(bytes.popFirst()),
                    high << 4 | low != 0
                else { return nil }
                decoded.append(high << 4 | low)
            default:
                decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8?) -> UInt8? {
        byte.flatMap { Character(Unicode.Scalar($0)).hexDigitValue }.map(UInt8.init)
    }
}
