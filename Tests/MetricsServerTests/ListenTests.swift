import Foundation
import Glibc
import LinuxSystem
import NIOCore
import Testing

@testable import MetricsServer

@Suite struct ListenTests {
    @Test(arguments: [
        ("127.0.0.1:9944", "127.0.0.1", 9944), ("[::1]:80", "::1", 80), (":9944", nil, 9944),
        ("localhost:0", "localhost", 0),
        ("0.0.0.0:65535", "0.0.0.0", 65535), ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
    ])
    func addressesAreRead(_ text: String, _ host: String?, _ port: Int) throws {
        let address = try ListenAddress(text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.description == text)
    }

    @Test(arguments: [
        ("9944", ListenAddressError.Problem.noPort), ("localhost", .noPort), ("[::1]", .noPort), ("", .noPort),
        ("a:", .badPort), ("a:65536", .badPort), ("a:-1", .badPort), ("a:+1", .badPort), ("a:b", .badPort),
        ("::1:80", .noBrackets), ("[::1:80", .badBrackets), ("[localhost]:80", .badBrackets), ("[]:1", .badBrackets),
        ("http://a:80", .noBrackets), ("a b:1", .badHost), ("a/b:1", .badHost),
    ])
    func whatIsNoAddressIsAnError(_ text: String, _ problem: ListenAddressError.Problem) {
        #expect(throws: ListenAddressError(text: text, problem: problem)) { try ListenAddress(text) }
    }

    @Test func anErrorSaysWhatToWrite() {
        #expect(
            ListenAddressError(text: "9944", problem: .noPort).description
                == "'9944' is no address to listen at: it ends in no port; write HOST:PORT, or :PORT for all interfaces"
        )
    }

    @Test func allInterfacesTakeIPv4() async throws {
        try await TestServer.with {
            $0.listenAddresses = [ListenAddress(host: nil, port: 0)]
        } _: { server in
            let reply = try await server.get("/who")
            #expect(reply.text == "nobody here\n")
        }
    }

    @Test func aNameIsResolved() async throws {
        try await TestServer.with {
            $0.listenAddresses = [ListenAddress(host: "localhost", port: 0)]
        } _: { server in
            #expect(server.port > 0)
        }
    }

    @Test func aPortInUseIsSaid() async throws {
        try await TestServer.with { first in
            let address = ListenAddress(host: "127.0.0.1", port: first.port)
            let second = MetricsServer(
                configuration: ServerConfiguration(listenAddresses: [address]), site: StubSite(),
                logger: TestLog().logger)
            let error = await #expect(throws: ListenError.self) { try await second.bind() }
            #expect(
                error?.description
                    == "cannot listen on 127.0.0.1:\(first.port): EADDRINUSE; something listens there already "
                    + "('ss -ltnp' shows what): stop it, or choose another port")
        }
    }

    @Test func anAddressOfNobodyIsSaid() async throws {
        let server = MetricsServer(
            configuration: ServerConfiguration(listenAddresses: [try ListenAddress("192.0.2.1:0")]), site: StubSite(),
            logger: TestLog().logger)
        let error = await #expect(throws: ListenError.self) { try await server.bind() }
        #expect(
            error?.description
                == "cannot listen on 192.0.2.1:0: EADDRNOTAVAIL; this host has no such address "
                + "('ip address' shows which it has)")
    }

    /// A listening socket, and its port.
    private func listeningSocket() -> (number: Int32, port: Int) {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(result == 0)
        #expect(listen(number, 8) == 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &size) }
        }
        return (number, Int(UInt16(bigEndian: address.sin_port)))
    }

    @Test func inheritedSocketsAreServed() async throws {
        let number = listeningSocket().number
        try await TestServer.with {
            $0.listenAddresses = []
            $0.inheritedSockets = [number]
        } _: { server in
            let reply = try await server.get("/")
            #expect(reply.text == "welcome\n")
        }
    }
    @Test func inheritedSocketsAreClosedWhenTheServerCannotBegin() async throws {
        try await TestFolder.with { folder in
            let (number, port) = listeningSocket()
            let server = MetricsServer(
                configuration: ServerConfiguration(
                    inheritedSockets: [number], webConfigFile: try folder.write("web.yml", "broken: [")),
                site: StubSite(), logger: TestLog().logger)
            await #expect(throws: WebConfigError.self) { try await server.bind() }
            await #expect(throws: TestClient.Failure.self) { try await TestClient(port: port) }
        }
    }

    @Test func whoBindsMeanwhileGetsTheSame() async throws {
        let server = MetricsServer(
            configuration: ServerConfiguration(listenAddresses: [ListenAddress(host: "127.0.0.1", port: 0)]),
            site: StubSite(), logger: TestLog().logger)
        async let first = server.bind()
        async let second = server.bind()
        let (one, other) = try await (first, second)
        #expect(one == other)
        let running = Task { try await server.run() }
        running.cancel()
        try await running.value
    }
}
