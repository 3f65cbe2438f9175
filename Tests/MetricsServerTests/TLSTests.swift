import Foundation
import Glibc
import TestSupport
import Testing

@testable import MetricsServer

@Suite(.enabled(if: Program.find("openssl") != nil, "needs openssl to make certificates and to ask"))
struct TLSTests {
    private static let config = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"

    #if TLS
        @Test func pagesAreServedOverTLS() async throws {
            try await TestFolder.with { folder in
                let authority = try Authority(folder, "ca")
                try authority.issue("server")
                let file = try folder.write("web.yml", Self.config)
                try await TestServer.with(webConfig: file) { server in
                    let reply = try await ask(server, authority, "/who")
                    #expect(reply.contains("HTTP/1.1 200 OK"), "\(reply)")
                    #expect(reply.hasSuffix("nobody here\n"))
                    // TLS 1.1 is too old unless said otherwise.
                    #expect(try await ask(server, authority, "/who", ["-tls1_1"]) == "")
                }
            }
        }

        @Test func aNewCertificateIsTakenAndABrokenOneIsNot() async throws {
            try await TestFolder.with { folder in
                let old = try Authority(folder, "ca")
                try old.issue("server")
                let file = try folder.write("web.yml", Self.config)
                try await TestServer.with(webConfig: file) { server in
                    #expect(try await ask(server, old, "/").contains("welcome"))
                    try folder.write("server.pem", "broken")
                    let error = await #expect(throws: WebConfigError.self) { try await server.server.reload() }
                    #expect(
                        error?.description
                            == "\(file): tls_server_config.cert_file: \(folder.path)/server.pem holds no "
                            + "certificate as PEM")
                    #expect(try await ask(server, old, "/").contains("welcome"))
                    // Nobody tells the server of this one.
                    let new = try Authority(folder, "newca")
                    try new.issue("server")
                    while try await !ask(server, new, "/").contains("welcome") {
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    #expect(try await ask(server, old, "/") == "")
                    #expect(server.log.lines.contains { $0.hasPrefix("notice: web config read again") })
                }
            }
        }

        @Test func aCertificateThatBreaksUnnoticedIsToldOfOnce() async throws {
            try await TestFolder.with { folder in
                let authority = try Authority(folder, "ca")
                try authority.issue("server")
                let file = try folder.write("web.yml", Self.config)
                try await TestServer.with(webConfig: file) { server in
                    try folder.write("server.key", "broken")
                    func complaints() -> Int { server.log.lines.filter { $0.hasPrefix("error:") }.count }
                    while complaints() == 0 {
                        #expect(try await ask(server, authority, "/").contains("welcome"))
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    // Two more looks.
                    try await Task.sleep(for: .seconds(1.2))
                    #expect(try await ask(server, authority, "/").contains("welcome"))
                    try await Task.sleep(for: .seconds(1.2))
                    #expect(try await ask(server, authority, "/").contains("welcome"))
                    #expect(complaints() == 1, "\(server.log.lines)")
                }
            }
        }

        @Test func aRepairInAFileThatOnlyTheNewConfigNamesIsSeen() async throws {
            try await TestFolder.with { folder in
                let old = try Authority(folder, "ca")
                try old.issue("server")
                let file = try folder.write("web.yml", Self.config)
                try await TestServer.with(webConfig: file) { server in
                    let new = try Authority(folder, "newca")
                    try folder.write("web.yml", Self.config.replacingOccurrences(of: "server.", with: "renewed."))
                    func complaints() -> Int { server.log.lines.filter { $0.hasPrefix("error:") }.count }
                    while complaints() == 0 {
                        #expect(try await ask(server, old, "/").contains("welcome"))
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    try new.issue("renewed")
                    while try await !ask(server, new, "/").contains("welcome") {
                        try await Task.sleep(for: .milliseconds(100))
                    }
                }
            }
        }

        /// A client that does not answer the server's goodbye must not keep its descriptor.
        @Test func theLimitHoldsUnderTLS() async throws {
            try await TestFolder.with { folder in
                let authority = try Authority(folder, "ca")
                try authority.issue("server")
                let file = try folder.write("web.yml", Self.config)
                try await TestServer.with(webConfig: file) {
                    $0.limits.connections = 2
                } _: { server in
                    let process = Process()
                    process.executableURL = URL(filePath: try #require(Program.find("openssl")))
                    process.arguments = ["s_client", "-quiet", "-connect", "127.0.0.1:\(server.port)"]
                    let (input, output) = (Pipe(), Pipe())
                    process.standardInput = input
                    process.standardOutput = output
                    process.standardError = FileHandle.nullDevice
                    try process.run()
                    defer { kill(process.processIdentifier, SIGKILL) }
                    try input.fileHandleForWriting.write(contentsOf: Data(request("GET", "/").utf8))
                    let reply = try await TestClient.blocking { output.fileHandleForReading.availableData }
                    #expect(!reply.isEmpty)
                    // From here on it is silent, and its connection the one that has been idle longest.
                    kill(process.processIdentifier, SIGSTOP)
                    let others = [try await server.connect(), try await server.connect()]
                    let begun = ContinuousClock.now
                    while try establishedConnections(to: server.port) > others.count {
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    // TLS itself would wait for five seconds.
                    #expect(ContinuousClock.now - begun < .seconds(4))
                }
            }
        }

        @Test(arguments: WebConfig.ClientAuthentication.allCases)
        func clientsShowTheirCertificate(_ type: WebConfig.ClientAuthentication) async throws {
            try await TestFolder.with { folder in
                let authority = try Authority(folder, "ca")
                try authority.issue("server")
                try authority.issue("client")
                let stranger = try Authority(folder, "stranger")
                try stranger.issue("other")
                let file = try folder.write(
                    "web.yml",
                    Self.config + "  client_auth_type: \(type.rawValue)\n"
                        + (type.verifies ? "  client_ca_file: ca.pem\n" : ""))
                try await TestServer.with(webConfig: file) { server in
                    func name(_ certificate: String?) async throws -> String {
                        let options = certificate.map {
                            ["-cert", "\(folder.path)/\($0).pem", "-key", "\(folder.path)/\($0).key"]
                        }
                        return try await ask(server, authority, "/who", options ?? [])
                            .split(separator: "\r\n\r\n").last.map(String.init) ?? ""
                    }
                    let replies = [try await name(nil), try await name("client"), try await name("other")]
                    let (nobody, known) = ("nobody here\n", "client here\n")
                    let expected =
                        switch type {
                        case .none, .request: [nobody, nobody, nobody]
                        case .requireAny: ["", nobody, nobody]
                        case .verifyIfGiven: [nobody, known, ""]
                        case .requireAndVerify: ["", known, ""]
                        }
                    #expect(replies == expected)
                }
            }
        }

        @Test func onlyAllowedNamesMayAsk() async throws {
            try await TestFolder.with { folder in
                let authority = try Authority(folder, "ca")
                try authority.issue("server")
                try authority.issue("client", names: "DNS:prometheus.example,IP:10.1.2.3")
                let client = ["-cert", "\(folder.path)/client.pem", "-key", "\(folder.path)/client.key"]
                for (allowed, line) in [
                    ("prometheus.example", "HTTP/1.1 200 OK"), ("10.1.2.3", "HTTP/1.1 200 OK"),
                    ("client", "HTTP/1.1 403 Forbidden"),
                ] {
                    let file = try folder.write(
                        "web.yml",
                        Self.config + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n"
                            + "  client_allowed_sans: [\(allowed)]\n")
                    try await TestServer.with(webConfig: file) { server in
                        let reply = try await ask(server, authority, "/who", client)
                        #expect(reply.contains(line))
                    }
                }
            }
        }

        @Test func whatIsNoTLSIsToldOfOnce() async throws {
            try await TestFolder.with { folder in
                let authority = try Authority(folder, "ca")
                try authority.issue("server")
                let file = try folder.write("web.yml", Self.config)
                try await TestServer.with(webConfig: file) { server in
                    for text in [
                        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}garbage", "\0\0\0",
                    ] {
                        for _ in 0..<5 {
                            let client = try await server.connect()
                            try await client.send(text)
                            client.endSending()
                            #expect(try await !client.rest().contains("HTTP/1.1 200"))
                        }
                    }
                    #expect(try await ask(server, authority, "/").contains("welcome"))
                    let told = server.log.lines.filter { $0.contains("TLS handshakes failed") }
                    #expect(
                        told == ["notice: TLS handshakes failed count=1 detail=HTTP_REQUEST peer=127.0.0.1"])
                }
            }
        }

        @Test func whatIsWrongWithFilesIsSaidAtTheStart() async throws {
            try await TestFolder.with { folder in
                let file = try folder.write("web.yml", Self.config)
                func complaint() async throws -> String? {
                    let server = MetricsServer(
                        configuration: ServerConfiguration(
                            listenAddresses: [ListenAddress(host: "127.0.0.1", port: 0)], webConfigFile: file),
                        site: StubSite(), logger: TestLog().logger)
                    return await #expect(throws: WebConfigError.self) { try await server.bind() }?.message
                }
                #expect(try await complaint() == "cannot read \(folder.path)/server.pem: ENOENT")
                let authority = try Authority(folder, "ca")
                try authority.issue("server")
                try folder.write("server.key", "broken")
                #expect(
                    try await complaint()
                        == "\(folder.path)/server.key holds no private key as PEM, or one behind a password")
                try authority.issue("other")
                try folder.write("server.key", try String(contentsOfFile: folder.path + "/other.key", encoding: .utf8))
                #expect(try await complaint() == "it is not the key of the certificate in cert_file")
            }
        }

        @Test func namesOfACertificateAreRead() async throws {
            try await TestFolder.with { folder in
                let authority = try Authority(folder, "ca")
                try authority.issue(
                    "named", names: "DNS:a.example,email:x@y.example,URI:spiffe://z/w,IP:10.1.2.3,IP:::1")
                let der = folder.path + "/named.der"
                try authority.openssl("x509", "-in", folder.path + "/named.pem", "-outform", "DER", "-out", der)
                let bytes = [UInt8](try Data(contentsOf: URL(filePath: der)))
                let names = CertificateNames(der: bytes)
                #expect(names.common == "named")
                #expect(names.alternatives == ["a.example", "x@y.example", "spiffe://z/w", "10.1.2.3", "::1"])
                // Whatever is cut off, it ends.
                for length in 0..<bytes.count { _ = CertificateNames(der: Array(bytes.prefix(length))) }
            }
        }

        /// Connections of a port of this host that the server's end has not closed.
        private func establishedConnections(to port: Int) throws -> Int {
            let address = "0100007F:" + String(format: "%04X", port)
            let table = try String(contentsOfFile: "/proc/self/net/tcp", encoding: .utf8)
            var count = 0
            for line in table.split(separator: "\n") {
                let fields = line.split(separator: " ")
                if fields.count > 3, fields[1] == address, fields[3] == "01" { count += 1 }
            }
            return count
        }

        /// A request by `openssl s_client`; empty when the connection fails or the server is not the authority's.
        private func ask(
            _ server: TestServer, _ authority: Authority, _ path: String, _ options: [String] = []
        ) async throws -> String {
            let command = [
                "s_client", "-quiet", "-verify_return_error", "-CAfile", authority.certificate, "-connect",
                "127.0.0.1:\(server.port)",
            ]
            let text = request("GET", path, ["Connection: close"])
            return try await TestClient.blocking {
                let process = Process()
                process.executableURL = URL(filePath: try #require(Program.find("openssl")))
                process.arguments = command + options
                let (input, output) = (Pipe(), Pipe())
                process.standardInput = input
                process.standardOutput = output
                process.standardError = FileHandle.nullDevice
                try process.run()
                // One that has failed already reads nothing.
                try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
                let reply = output.fileHandleForReading.readDataToEndOfFile()
                try? input.fileHandleForWriting.close()
                process.waitUntilExit()
                return String(decoding: reply, as: UTF8.self)
            }
        }
    #else
        @Test func aBuildWithoutTLSSaysSo() async throws {
            try await TestFolder.with { folder in
                let file = try folder.write("web.yml", Self.config)
                let server = MetricsServer(
                    configuration: ServerConfiguration(webConfigFile: file), site: StubSite(), logger: TestLog().logger)
                let error = await #expect(throws: WebConfigError.self) { try await server.bind() }
                #expect(
                    error?.description
                        == "\(file): tls_server_config: this program was built without TLS; take this out, "
                        + "or use a build with the trait TLS")
            }
        }
    #endif
}

/// A certificate authority of a test.
private struct Authority: Sendable {
    private let folder: String
    private let name: String

    var certificate: String { "\(folder)/\(name).pem" }

    init(_ folder: TestFolder, _ name: String) throws {
        self.folder = folder.path
        self.name = name
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj",
            "/CN=\(name)", "-keyout", "\(self.folder)/\(name).key", "-out", certificate)
    }

    /// Makes `NAME.pem` and `NAME.key`.
    func issue(_ subject: String, names: String = "IP:127.0.0.1") throws {
        let (request, settings) = ("\(folder)/\(subject).csr", "\(folder)/\(subject).ext")
        try "subjectAltName=\(names)\n".write(toFile: settings, atomically: true, encoding: .utf8)
        // The pair is made beside the one in use and moved over it, as certbot and Kubernetes do.
        let (key, certificate) = ("\(folder)/\(subject).key", "\(folder)/\(subject).pem")
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(subject)",
            "-keyout", key + ".new", "-out", request)
        try openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", "\(folder)/\(name).key",
            "-CAcreateserial", "-days", "2", "-extfile", settings, "-out", certificate + ".new")
        for file in [key, certificate] { rename(file + ".new", file) }
    }

    func openssl(_ arguments: String...) throws {
        let result = try Program("openssl", arguments).run()
        guard result.status == 0 else { throw Failure(text: result.errors) }
    }

    struct Failure: Error {
        let text: String
    }
}
