import Testing

@testable import MetricsServer

@Suite struct LimitTests {
    @Test func requestsOfOneConnectionAreAnsweredInOrder() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send((0..<50).map { request("GET", "/page\($0)") }.joined())
            for number in 0..<50 {
                #expect(try await client.reply().text == "nothing at /page\(number)\n")
            }
        }
    }

    @Test func aSlowReplyKeepsItsPlace() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(request("GET", "/gated") + request("GET", "/"))
            await server.site.gate.waitForSomebody()
            await server.site.gate.open()
            #expect(try await client.reply().text == "through the gate\n")
            #expect(try await client.reply().text == "welcome\n")
        }
    }

    @Test(arguments: [
        request("GET", "/", ["X: " + String(repeating: "x", count: 16 * 1024)]),
        request("GET", "/" + String(repeating: "x", count: 16 * 1024)),
        request("GET", "/", (0..<200).map { "X-\($0): " + String(repeating: "x", count: 100) }),
    ])
    func aLargeHeaderIsRefused(_ text: String) async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(text)
            let reply = try await client.reply()
            #expect(reply.status == 431)
            #expect(reply["connection"] == "close")
            #expect(try await client.rest() == "")
        }
    }

    @Test func aHeaderJustSmallEnoughIsTaken() async throws {
        try await TestServer.with { server in
            let fields = ["X: " + String(repeating: "x", count: 16_000)]
            let reply = try await server.get("/", fields)
            #expect(reply.status == 200)
        }
    }

    @Test func aLargeBodyIsRefusedBeforeItComes() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(request("POST", "/", ["Content-Length: 65537"]))
            #expect(try await client.reply().status == 413)
        }
    }

    @Test func aBodyThatGrowsTooLargeIsRefused() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            let chunk = "4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n"
            try await client.send(request("POST", "/", ["Transfer-Encoding: chunked"]))
            // It may be refused, and the connection closed, before the last of them is sent.
            for _ in 0..<5 { try? await client.send(chunk) }
            #expect(try await client.reply().status == 413)
            #expect(try await client.rest() == "")
        }
    }

    @Test func aClientThatWaitsForLeaveToSendABodyGetsIt() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.send(request("POST", "/", ["Content-Length: 2", "Expect: 100-continue"]))
            #expect(try await client.reply().status == 100)
            try await client.send("ab")
            #expect(try await client.reply().status == 405)
            try await client.send(request("POST", "/", ["Content-Length: 70000", "Expect: 100-continue"]))
            #expect(try await client.reply().status == 413)
        }
    }

    @Test(.timeLimit(.minutes(5))) func aRequestThatDoesNotEndIsCutOff() async throws {
        try await TestServer.with {
            $0.limits.requestTimeout = .milliseconds(200)
        } _: { server in
            let silent = try await server.connect()
            let slow = try await server.connect()
            try await slow.send("GET / HTTP/1.1\r\nHost: lo")
            #expect(try await slow.rest() == "")
            #expect(try await silent.rest() == "")
            // A connection that had a request before is no better. On a busy machine the first may be too slow, too.
            var later = try await server.connect()
            while (try? await later.get("/").status) != 200 { later = try await server.connect() }
            try await later.send("GET / HT")
            #expect(try await later.rest() == "")
            let told = server.log.lines.filter { $0.contains("too slow") }
            #expect(told.count == 1, "\(server.log.lines)")
        }
    }

    @Test func anIdleConnectionIsClosedInTheEnd() async throws {
        try await TestServer.with {
            $0.limits.idleTimeout = .milliseconds(200)
        } _: { server in
            let client = try await server.connect()
            #expect(try await client.get("/").status == 200)
            #expect(try await client.rest() == "")
        }
    }

    @Test func aClientThatDoesNotReadIsCutOff() async throws {
        try await TestServer.with {
            $0.limits.writeTimeout = .milliseconds(300)
        } _: { server in
            let client = try await server.connect(receiveBuffer: 4096)
            try await client.send(request("GET", "/huge"))
            // The log says it; what the client would read is whatever the kernel had taken by then.
            while !server.log.lines.contains(where: { $0.contains("did not take their reply") }) {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await client.rest().utf8.count < 16 << 20)
            #expect(try await server.get("/").status == 200)
        }
    }

    @Test func aLargeReplyArrivesWhole() async throws {
        try await TestServer.with { server in
            let reply = try await server.get("/huge")
            #expect(reply.body.count == 16 << 20)
            #expect(reply.body.last == 0x78)
        }
    }

    @Test func oneConnectionTooManyClosesTheLongestIdle() async throws {
        try await TestServer.with {
            $0.limits.connections = 3
        } _: { server in
            let busy = try await server.connect()
            try await busy.send(request("GET", "/gated"))
            await server.site.gate.waitForSomebody()
            let first = try await server.connect()
            #expect(try await first.get("/").status == 200)
            let second = try await server.connect()
            #expect(try await second.get("/").status == 200)
            let third = try await server.connect()
            #expect(try await third.get("/").status == 200)
            #expect(try await first.rest() == "")
            #expect(try await second.get("/").status == 200)
            await server.site.gate.open()
            #expect(try await busy.reply().text == "through the gate\n")
            #expect(server.log.lines.filter { $0.contains("at their limit") }.count == 1)
        }
    }

    @Test func whenAllAreBusyTheNewOneGoes() async throws {
        try await TestServer.with {
            $0.limits.connections = 1
        } _: { server in
            let busy = try await server.connect()
            try await busy.send(request("GET", "/gated"))
            await server.site.gate.waitForSomebody()
            #expect(try await server.connect().rest() == "")
            await server.site.gate.open()
            #expect(try await busy.reply().status == 200)
        }
    }

    @Test func aReplyInTheMakingGoesOutWhenTheServerStops() async throws {
        try await TestServer.with { server in
            let busy = try await server.connect()
            let idle = try await server.connect()
            #expect(try await idle.get("/").status == 200)
            try await busy.send(request("GET", "/gated"))
            await server.site.gate.waitForSomebody()
            await server.beginStop()
            #expect(try await idle.rest() == "")
            await #expect(throws: TestClient.Failure.self) { try await server.connect() }
            await server.site.gate.open()
            let reply = try await busy.reply()
            #expect(reply.text == "through the gate\n")
            #expect(reply["connection"] == "close")
            try await server.stop()
        }
    }

    @Test func whatDoesNotEndIsEnded() async throws {
        try await TestServer.with {
            $0.limits.shutdownTimeout = .milliseconds(100)
        } _: { server in
            let busy = try await server.connect()
            try await busy.send(request("GET", "/gated"))
            await server.site.gate.waitForSomebody()
            try await server.stop()
            #expect(try await busy.rest() == "")
            await server.site.gate.open()
        }
    }
}
