#if TLS
    internal import NIOCore

    /// The names an X.509 certificate gives its owner: NIOSSL keeps them to itself.
    ///
    /// The certificate has been parsed and verified by BoringSSL; what does not look as expected here ends the reading.
    struct CertificateNames: Equatable {
        /// The subject's last common name.
        private(set) var common: String?
        /// DNS names, mail addresses, URIs and IP addresses, in their order.
        private(set) var alternatives: [String] = []

        init(der: [UInt8]) {
            var file = DERReader(der[...])
            guard var certificate = file.enter(.sequence), var body = certificate.enter(.sequence) else { return }
            _ = body.enter(.context(0))  // the version
            body.skip(3)  // serial number, algorithm, issuer
            body.skip(1)  // validity
            if let subject = body.enter(.sequence) { readSubject(subject) }
            body.skip(1)  // public key
            _ = body.enter(.contextPrimitive(1))  // unique ids, of old
            _ = body.enter(.contextPrimitive(2))
            guard var wrapper = body.enter(.context(3)), let extensions = wrapper.enter(.sequence) else { return }
            readExtensions(extensions)
        }

        private mutating func readSubject(_ subject: DERReader) {
            var subject = subject
            while var set = subject.enter(.set) {
                while var pair = set.enter(.sequence) {
                    // 2.5.4.3
                    guard pair.enter(.objectIdentifier)?.bytes.elementsEqual([0x55, 0x04, 0x03]) == true else {
                        continue
                    }
                    guard let value = pair.next() else { continue }
                    common = String(validating: value, as: UTF8.self) ?? common
                }
            }
        }

        private mutating func readExtensions(_ extensions: DERReader) {
            var extensions = extensions
            while var one = extensions.enter(.sequence) {
                // 2.5.29.17
                guard one.enter(.objectIdentifier)?.bytes.elementsEqual([0x55, 0x1D, 0x11]) == true else { continue }
                _ = one.enter(.boolean)
                guard var value = one.enter(.octetString), var names = value.enter(.sequence) else { return }
                while let tag = names.tag, let bytes = names.next() {
                    switch tag {
                    case .contextPrimitive(1), .contextPrimitive(2), .contextPrimitive(6):
                        if let name = String(validating: bytes, as: UTF8.self) { alternatives.append(name) }
                    case .contextPrimitive(7):
                        if let address = Self.address(Array(bytes)) { alternatives.append(address) }
                    default: continue
                    }
                }
            }
        }

        private static func address(_ bytes: [UInt8]) -> String? {
            try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0).ipAddress
        }
    }

    /// Steps through DER elements.
    private struct DERReader {
        private(set) var bytes: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) {
            self.bytes = bytes
        }

        struct Tag: Equatable {
            let byte: UInt8
            static let boolean = Tag(byte: 0x01)
            static let octetString = Tag(byte: 0x04)
            static let objectIdentifier = Tag(byte: 0x06)
            static let sequence = Tag(byte: 0x30)
            static let set = Tag(byte: 0x31)
            static func context(_ number: UInt8) -> Tag { Tag(byte: 0xA0 | number) }
            static func contextPrimitive(_ number: UInt8) -> Tag { Tag(byte: 0x80 | number) }

            static func ~= (pattern: Tag, tag: Tag) -> Bool { pattern == tag }
        }

        /// The tag of the next element.
        var tag: Tag? { bytes.first.map(Tag.init(byte:)) }

        /// The contents of the next element, which is passed; nil at the end, and for what is no DER.
        mutating func next() -> ArraySlice<UInt8>? {
            var rest = bytes.dropFirst()
            guard let first = rest.popFirst() else { return nil }
            var length = Int(first)
            if first >= 0x80 {
                let count = Int(first & 0x7F)
                guard (1...3).contains(count), rest.count >= count else { return nil }
                length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(count)
            }
            guard rest.count >= length else { return nil }
            bytes = rest.dropFirst(length)
            return rest.prefix(length)
        }

        /// The inside of the next element, which is passed, if it has this tag; nil, and nothing is passed, otherwise.
        mutating func enter(_ tag: Tag) -> DERReader? {
            guard self.tag == tag else { return nil }
            return next().map(DERReader.init)
        }

        mutating func skip(_ count: Int) {
            for _ in 0..<count { _ = next() }
        }
    }
#endif
