internal import CCrypt
internal import Glibc

/// The system's password hashing: crypt(3) of libcrypt.
enum SystemCrypt {
    /// What libcrypt reads of a password; longer ones it refuses.
    static let longestPassword = Int(CRYPT_MAX_PASSPHRASE_SIZE)

    /// The password hashed as `setting` says (a hash, or the beginning of one); nil when libcrypt refuses either.
    static func hash(_ password: [UInt8], setting: String) -> [UInt8]? {
        // A NUL would end the password early for libcrypt: two passwords would be the same.
        guard password.count < longestPassword, !password.contains(0) else { return nil }
        let phrase = password.map(CChar.init(bitPattern:)) + [0]
        // SAFETY: the record has the type crypt_rn wants and its size; it starts zeroed, as crypt(3) asks for, and
        // what crypt_rn answers points into it, or is NULL. It held the password, so it is wiped before it goes.
        return withUnsafeTemporaryAllocation(of: crypt_data.self, capacity: 1) { record -> [UInt8]? in
            let room = UnsafeMutableRawBufferPointer(record)
            room.initializeMemory(as: UInt8.self, repeating: 0)
            defer { wipe(room) }
            guard let hash = crypt_rn(phrase, setting, room.baseAddress, Int32(room.count)) else { return nil }
            return String(cString: hash).utf8.map { $0 }
        }
    }

    /// Whether two hashes are the same, in a time that does not tell where they differ.
    static func areEqual(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func wipe(_ room: UnsafeMutableRawBufferPointer) {
        guard let start = room.baseAddress else { return }
        explicit_bzero(start, room.count)
    }
}

/// A hash that a web config may hold: bcrypt, `$2b$10$…`.
struct BcryptHash: Sendable, Equatable {
    /// As it is written.
    let text: String
    /// The logarithm of the number of rounds.
    let cost: Int

    /// More takes seconds for one check, and a client could keep others waiting for minutes.
    static let highestCost = 16

    /// Characters behind the salt.
    private static let digestLength = 31

    /// Reads a hash; nil for another text.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        let prefixes = ["$2a$", "$2b$", "$2y$"]
        guard bytes.count == 60, prefixes.contains(where: text.hasPrefix), bytes[6] == UInt8(ascii: "$"),
            bytes[4...5].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let cost = Int(String(decoding: bytes[4...5], as: UTF8.self)), (4...31).contains(cost),
            bytes[7...].allSatisfy(Self.isOfAlphabet)
        else { return nil }
        self.text = text
        self.cost = cost
    }

    /// Whether it is the password's.
    func matches(_ password: [UInt8]) -> Bool {
        guard let hash = SystemCrypt.hash(password, setting: text) else { return false }
        // Without the setting: libcrypt writes the last character of the salt with its spare bits at 0, others do not.
        return SystemCrypt.areEqual(hash.suffix(Self.digestLength), text.utf8.suffix(Self.digestLength))
    }

    /// A hash that costs as much as others do, and is nobody's: for the names nobody has.
    static func ofNobody(cost: Int) -> BcryptHash? {
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        return BcryptHash("$2b$\(digits)$" + String(repeating: ".", count: 53))
    }

    private static func isOfAlphabet(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
