import Foundation
import Glibc
import Synchronization

/// A backend that does what it is told, on plain sockets: it shares no code with the client.
final class LoopbackServer: Sendable {
    /// What to do with a connection after its request was read.
    enum Act: Sendable {
        case answer(String, fields: [String] = [], body: [UInt8] = [])
        /// Bytes that are no HTTP.
        case garbage
        /// Nothing, until the client goes.
        case hang
        /// TCP reset.
        case reset
        /// The end of the connection without a word.
        case close
        /// A success whose body has no end.
        case endless
    }

    struct Request: Sendable {
        let line: String
        let fields: [String: String]
        let body: [UInt8]
    }

    let port: Int
    private let listener: Int32
    private let acts: [Act]
    private let state = Mutex<(requests: [Request], bytesSent: Int)>(([], 0))

    var requests: [Request] { state.withLock { $0.requests } }
    var bytesSent: Int { state.withLock { $0.bytesSent } }
    var url: String { "http://127.0.0.1:\(port)/v1/metrics" }

    /// A server that does the acts one after the other, a connection each, and the last one ever after.
    init(_ acts: [Act]) throws {
        self.acts = acts
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: a sockaddr_in is what bind and getsockname want for AF_INET, with its size.
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Refuses connections from now on.
    func stop() {
        // Closed by the thread that waits on it: its number may be another test's socket a moment later.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptAll() {
        defer { close(listener) }
        var count = 0
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            let act = acts[min(count, acts.count - 1)]
            count += 1
            Thread.detachNewThread { [self] in serve(connection, act) }
        }
    }

    private func serve(_ connection: Int32, _ act: Act) {
        defer { close(connection) }
        guard let request = read(connection) else { return }
        state.withLock { $0.requests.append(request) }
        switch act {
        case .answer(let status, let fields, let body):
            let head = (["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + fields).joined(separator: "\r\n")
            write(connection, Array((head + "\r\n\r\n").utf8) + body)
        case .garbage:
            write(connection, Array("220 this is not the protocol that you want\r\n\r\n".utf8))
        case .hang:
            var byte: UInt8 = 0
            while recv(connection, &byte, 1, 0) > 0 {}
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        case .close:
            break
        case .endless:
            guard write(connection, Array("HTTP/1.1 200 OK\r\n\r\n".utf8)) else { return }
            let block = [UInt8](repeating: 0x41, count: 16 * 1024)
            while write(connection, block) { state.withLock { $0.bytesSent += block.count } }
        }
    }

    @discardableResult
    private func write(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        var head: (request: Request, length: Int, start: Int)?
        while true {
            if head == nil, let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) {
                let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                var fields: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
                }
                head = (
                    Request(line: lines[0], fields: fields, body: []), Int(fields["content-length"] ?? "") ?? 0,
                    end.upperBound
                )
            }
            if let head, bytes.count >= head.start + head.length {
                return Request(line: head.request.line, fields: head.request.fields, body: Array(bytes[head.start...]))
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
        }
    }
}
