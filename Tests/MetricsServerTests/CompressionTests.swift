import CZlib
import Gzip
import NIOCore
import Testing

@testable import MetricsServer

@Suite struct CompressionTests {
    @Test(arguments: [
        (["gzip"], true), (["deflate, gzip;q=0.5"], true), (["GZIP"], true), (["x-gzip"], true), (["*"], true),
        (["deflate", "gzip"], true), (["gzip ; q=1.0"], true), (["gzip;q=0.001"], true), ([], false), ([""], false),
        (["identity"], false), (["gzip;q=0"], false), (["gzip;q=0.000"], false), (["*;q=0"], false),
        (["gzip;q=0, *"], false), (["*, gzip;q=0"], false), (["gzip;q=x"], false), (["gzip;q="], false),
        (["gzipped"], false), (["br;q=1, *;q=0.1"], true),
    ])
    func weightsAreRead(_ values: [String], _ allowed: Bool) {
        #expect(AcceptEncoding.allowsGzip(values) == allowed)
    }

    @Test func aLargePageIsCompressedForWhoAsks() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            let plain = try await client.get("/large")
            #expect(plain["content-encoding"] == nil)
            #expect(plain["vary"] == "Accept-Encoding")
            let reply = try await client.get("/large", ["Accept-Encoding: gzip"])
            #expect(reply["content-encoding"] == "gzip")
            #expect(reply["vary"] == "Accept-Encoding")
            #expect(reply["content-length"] == "\(reply.body.count)")
            #expect(reply.body.count < 500)
            #expect(inflated(reply.body, capacity: 20_000) == plain.body)
            // The same bytes for everybody, made once.
            #expect(try await client.get("/large", ["Accept-Encoding: gzip"]).body == reply.body)
            #expect(try await client.get("/large", ["Accept-Encoding: gzip;q=0"]).body == plain.body)
        }
    }

    @Test func aSmallPageIsNot() async throws {
        try await TestServer.with { server in
            let reply = try await server.get("/", ["Accept-Encoding: gzip"])
            #expect(reply["content-encoding"] == nil)
            #expect(reply["vary"] == nil)
            #expect(reply.text == "welcome\n")
        }
    }

    @Test(arguments: [0, 1, 1000, 1_000_000])
    func anySizeComesBack(_ size: Int) async throws {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let packed = try #require(Gzip.compress(ByteBuffer(bytes: bytes), level: 5))
        #expect(inflated(Array(packed.readableBytesView), capacity: size + 1) == bytes)
    }

    @Test func manyWhoAskAtOnceGetOneCompression() async throws {
        let body = HTTPBody("text/plain", text: String(repeating: "x", count: 100_000))
        let all = await withTaskGroup(of: ByteBuffer?.self, returning: [ByteBuffer?].self) { group in
            for level in 1...9 { group.addTask { await body.gzip(level: Int32(level)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let first = try #require(all.first ?? nil)
        #expect(all.allSatisfy { $0 == first })
    }

    private func inflated(_ bytes: [UInt8], capacity: Int) -> [UInt8]? {
        var input = bytes
        return input.withUnsafeMutableBufferPointer { input in
            var stream = z_stream()
            guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                return nil
            }
            defer { inflateEnd(&stream) }
            return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(capacity)
                count = inflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
            }
        }
    }
}
