import Foundation
import Glibc

/// A client that says exactly what it is told to, over a blocking socket.
///
/// Waiting happens on threads made for it: the few threads of Swift's tasks are those that the server's replies need.
final class TestClient: Sendable {
    private let socket: Int32

    struct Failure: Error {
        let call: String
        let code = errno
    }

    /// Connects to a port of this host. `receiveBuffer` limits what the kernel takes for a client that does not read.
    init(port: Int, receiveBuffer: Int32? = nil) async throws {
        socket = try await Self.blocking {
            let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard number >= 0 else { throw Failure(call: "socket") }
            if var size = receiveBuffer {
                setsockopt(number, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            }
            // Far longer than anything takes: a test that waits for nothing ends some time.
            var patience = timeval(tv_sec: 30, tv_usec: 0)
            setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else {
                close(number)
                throw Failure(call: "connect")
            }
            return number
        }
    }

    deinit {
        close(socket)
    }

    static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// Sends text, whole.
    func send(_ text: String) async throws {
        let socket = socket
        try await Self.blocking {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { throw Failure(call: "send") }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Says that nothing more comes.
    func endSending() {
        shutdown(socket, Int32(SHUT_WR))
    }

    /// One reply. Reads no byte beyond it.
    func reply(toHead: Bool = false) async throws -> Reply {
        let socket = socket
        return try await Self.blocking {
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                guard let byte = try Self.read(socket, 1).first else {
                    throw Failure(call: "the end came after '\(String(decoding: head, as: UTF8.self))'")
                }
                head.append(byte)
            }
            var reply = Reply(head: String(decoding: head, as: UTF8.self))
            var missing = toHead || reply.status < 200 ? 0 : Int(reply["content-length"] ?? "") ?? 0
            while missing > 0 {
                let bytes = try Self.read(socket, missing)
                guard !bytes.isEmpty else { throw Failure(call: "the end came within the body") }
                reply.body += bytes
                missing -= bytes.count
            }
            return reply
        }
    }

    /// All that still comes until the server ends the connection; a reset counts as an end.
    func rest() async throws -> String {
        let socket = socket
        return try await Self.blocking {
            var all: [UInt8] = []
            while true {
                do {
                    let bytes = try Self.read(socket, 65536)
                    if bytes.isEmpty { break }
                    all += bytes
                } catch let failure as Failure where failure.code == ECONNRESET {
                    break
                }
            }
            return String(decoding: all, as: UTF8.self)
        }
    }

    /// Sends a GET, and waits for the reply.
    func get(_ path: String, _ headers: [String] = []) async throws -> Reply {
        try await send(request("GET", path, headers))
        return try await reply()
    }

    private static func read(_ socket: Int32, _ most: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            let result = recv(socket, buffer.baseAddress, most, 0)
            guard result >= 0 else { throw Failure(call: "recv") }
            count = result
        }
    }
}

/// A request's text.
func request(_ method: String, _ path: String, _ headers: [String] = []) -> String {
    (["\(method) \(path) HTTP/1.1", "Host: localhost"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
}

/// What came back.
struct Reply: Sendable {
    let status: Int
    /// Names in small letters.
    let headers: [String: String]
    var body: [UInt8] = []

    init(head: String) {
        let lines = head.split(separator: "\r\n")
        status = Int(lines.first?.split(separator: " ").dropFirst().first ?? "") ?? 0
        headers = Dictionary(
            lines.dropFirst().compactMap { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return parts.count == 2
                    ? (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces)) : nil
            }, uniquingKeysWith: { "\($0), \($1)" })
    }

    subscript(_ name: String) -> String? { headers[name] }

    /// What two replies of different seconds have in common.
    var lastingHeaders: [String: String] { headers.filter { $0.key != "date" } }

    var text: String { String(decoding: body, as: UTF8.self) }
}
