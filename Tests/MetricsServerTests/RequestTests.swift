import LinuxSystem
import NIOCore
import NIOHTTP1
import Testing

@testable import MetricsServer

@Suite struct RequestTests {
    @Test func aPageIsServedWithItsHeaders() async throws {
        try await TestServer.with { server in
            let reply = try await server.get("/")
            #expect(reply.status == 200)
            #expect(reply.text == "welcome\n")
            #expect(
                reply.lastingHeaders == [
                    "content-type": "text/plain; charset=utf-8", "content-length": "8",
                    "x-content-type-options": "nosniff",
                ])
            #expect(try await server.get("/header")["cache-control"] == "no-store")
        }
    }

    @Test func headHasTheSameHeadersAndNoBody() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(request("HEAD", "/large") + request("GET", "/large"))
            let head = try await client.reply(toHead: true)
            let whole = try await client.reply()
            #expect(head.status == 200)
            #expect(head.lastingHeaders == whole.lastingHeaders)
            #expect(head["content-length"] == "11500")
            #expect(whole.body.count == 11500)
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
    func otherMethodsAreRefusedByName(_ method: String) async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(request(method, "/"))
            let reply = try await client.reply()
            #expect(reply.status == 405)
            #expect(reply["allow"] == "GET, HEAD")
            // The connection is as good as before.
            #expect(try await client.get("/").status == 200)
        }
    }

    @Test(arguments: [
        request("GET", "/", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"]),
        "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ])
    func whoWantsToLeaveHTTPIsAnsweredAndLetGo(_ text: String) async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(text)
            let reply = try await client.reply()
            #expect(reply.status == (text.hasPrefix("GET") ? 200 : 405))
            #expect(reply["connection"] == "close")
            #expect(try await client.rest() == "")
        }
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
    ])
    func datesAreWritten(_ seconds: Int, _ text: String) {
        #expect(HTTPDate.text(seconds) == text)
    }

    @Test func everyReplyHasItsDate() async throws {
        try await TestServer.with { server in
            let start = Int(MonotonicTime.wallClockSeconds)
            let date = try await server.get("/nowhere")["date"]
            let end = Int(MonotonicTime.wallClockSeconds)
            #expect((start...end).contains { HTTPDate.text($0) == date })
        }
    }

    @Test func aSmallBodyIsDropped() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(request("GET", "/", ["Content-Length: 5"]) + "hello" + request("GET", "/header"))
            #expect(try await client.reply().text == "welcome\n")
            #expect(try await client.reply()["cache-control"] == "no-store")
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 501), ("FOO / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("GET %zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400), ("GET / HTTP/1.0\r\n\r\n", 200),
    ])
    func whatCannotBeReadIsSaid(_ text: String, _ status: Int) async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(text)
            #expect(try await client.reply().status == status)
        }
    }

    @Test func aClientOfVersion10IsAskedWhetherItStays() async throws {
        try await TestServer.with { server in
            let leaving = try await server.connect()
            try await leaving.send("GET / HTTP/1.0\r\n\r\n")
            #expect(try await leaving.reply()["connection"] == "close")
            #expect(try await leaving.rest() == "")
            let staying = try await server.connect()
            try await staying.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await staying.reply()["connection"] == "keep-alive")
            #expect(try await staying.get("/").status == 200)
        }
    }

    @Test func aClientThatSaysNoMoreStillGetsItsReply() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(request("GET", "/gated"))
            client.endSending()
            await server.site.gate.waitForSomebody()
            await server.site.gate.open()
            #expect(try await client.reply().text == "through the gate\n")
            #expect(try await client.rest() == "")
        }
    }

    @Test(arguments: [
        ("/metrics", "/metrics"), ("/metrics?name=x", "/metrics"), ("/a%20b%2fc", "/a b/c"), ("/%C3%A9", "/é"),
        ("http://host:80/x?y", "/x"), ("https://host", "/"), ("/#f", "/"), ("metrics", nil), ("*", nil), ("/%4", nil),
        ("/%gg", nil), ("/%00", nil), ("/%ff", nil), ("", nil),
    ])
    func pathsAreDecoded(_ target: String, _ path: String?) {
        #expect(RequestPath.decode(target) == path)
    }

    @Test(arguments: [
        ("127.0.0.1", "localhost", true), ("127.8.9.1", "LOCALHOST:9944", true), ("::1", "[::1]:9944", true),
        ("::1", "[::1]", true), ("::ffff:127.0.0.1", "127.0.0.2:80", true), ("10.0.0.1", "localhost", false),
        ("::ffff:10.0.0.1", "localhost", false), ("127.0.0.1", "evil.example", false),
        ("127.0.0.1", "127.0.0.1.evil.example", false), ("127.0.0.1", "127.evil.example.x", false),
        ("127.0.0.1", "localhost.evil.example:80", false), ("127.0.0.1", "", false), ("127.0.0.1", "[::1", false),
    ])
    func whoIsLocal(_ address: String, _ host: String, _ isLocal: Bool) throws {
        let peer = Peer(address: try SocketAddress(ipAddress: address, port: 1), certificate: .none)
        #expect(peer.isLocal(["Host": host]) == isLocal)
        for field in ["Forwarded", "X-Forwarded-For", "Via"] {
            #expect(!peer.isLocal(["Host": host, field: "x"]))
        }
        #expect(!peer.isLocal([:]))
        #expect(!peer.isLocal(HTTPHeaders([("Host", host), ("Host", host)])))
    }

    @Test func aUnixSocketIsLocal() throws {
        let peer = Peer(address: try SocketAddress(unixDomainSocketPath: "/run/x"), certificate: .none)
        #expect(peer.isLocal(["Host": "localhost"]))
        #expect(!Peer(address: nil, certificate: .none).isLocal(["Host": "localhost"]))
    }
}
