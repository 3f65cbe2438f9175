import Foundation
import NIOPosix
import Testing

@testable import MetricsServer

@Suite struct AuthenticationTests {
    /// `secret`, at the lowest cost there is.
    private static let hash =
        SystemCrypt.hash(Array("secret".utf8), setting: "$2b$04$abcdefghijklmnopqrstuu")
        .map { String(decoding: $0, as: UTF8.self) } ?? ""

    private func basic(_ credentials: String) -> String {
        "Authorization: Basic " + Data(credentials.utf8).base64EncodedString()
    }

    @Test func onlyWhoHasThePasswordIsAnswered() async throws {
        try await TestFolder.with { folder in
            let file = try folder.write("web.yml", "basic_auth_users:\n  alice: \(Self.hash)\n")
            try await TestServer.with(webConfig: file) { server in
                let client = try await server.connect()
                let none = try await client.get("/who")
                #expect(none.status == 401)
                #expect(none["www-authenticate"] == "Basic realm=\"ebpf-metrics\"")
                let wrong = try await client.get("/who", [basic("alice:wrong")])
                let unknown = try await client.get("/who", [basic("bob:secret")])
                #expect(wrong.status == 401)
                #expect(unknown.status == 401)
                #expect(wrong.lastingHeaders == unknown.lastingHeaders)
                #expect(wrong.body == unknown.body)
                #expect(try await client.get("/who", [basic("alice:secret")]).text == "alice here\n")
                // From memory, and still only with the right password.
                #expect(try await client.get("/who", [basic("alice:secret")]).text == "alice here\n")
                #expect(try await client.get("/who", [basic("alice:secreT")]).status == 401)
                #expect(try await client.get("/nowhere").status == 401)
                #expect(server.log.lines.filter { $0.contains("passwords or names were wrong") }.count == 1)
                #expect(!server.log.lines.contains { $0.contains("secret") })
            }
        }
    }

    @Test func whatIsRememberedIsForgottenWhenTheFileIsReadAgain() async throws {
        try await TestFolder.with { folder in
            let file = try folder.write("web.yml", "basic_auth_users:\n  alice: \(Self.hash)\n")
            try await TestServer.with(webConfig: file) { server in
                let client = try await server.connect()
                #expect(try await client.get("/", [basic("alice:secret")]).status == 200)
                try folder.write("web.yml", "basic_auth_users:\n  carol: \(Self.hash)\n")
                try await server.server.reload()
                #expect(try await client.get("/", [basic("alice:secret")]).status == 401)
                #expect(try await client.get("/", [basic("carol:secret")]).status == 200)
                try folder.write("web.yml", "basic_auth_users:\n  carol: x\n")
                await #expect(throws: WebConfigError.self) { try await server.server.reload() }
                #expect(try await client.get("/", [basic("carol:secret")]).status == 200)
            }
        }
    }

    @Test func aFloodOfPasswordsIsTurnedAway() async throws {
        let worker = NIOThreadPool(numberOfThreads: 1)
        worker.start()
        let hash = try #require(BcryptHash(Self.hash))
        let quickWorker = NIOThreadPool(numberOfThreads: 1)
        quickWorker.start()
        let authenticator = Authenticator(
            users: ["alice": hash], worker: worker, quickWorker: quickWorker, mostWaiting: 2)
        let field = "Basic " + Data("alice:secret".utf8).base64EncodedString()
        #expect(await authenticator.check(field) == .user("alice"))
        // The worker is kept busy until all have asked.
        let door = DispatchSemaphore(value: 0)
        worker.submit { _ in door.wait() }
        let verdicts = await withTaskGroup(of: Authenticator.Verdict.self, returning: [Authenticator.Verdict].self) {
            group in
            for number in 0..<10 {
                let wrong = "Basic " + Data("alice:\(number)".utf8).base64EncodedString()
                group.addTask { await authenticator.check(wrong) }
            }
            var verdicts: [Authenticator.Verdict] = []
            for _ in 0..<8 { verdicts += [await group.next() ?? .refused] }
            // Who was right before is let in meanwhile.
            #expect(await authenticator.check(field) == .user("alice"))
            door.signal()
            for await verdict in group { verdicts.append(verdict) }
            return verdicts
        }
        #expect(verdicts == Array(repeating: .busy, count: 8) + [.refused, .refused])
        try await worker.shutdownGracefully()
        try await quickWorker.shutdownGracefully()
    }

    @Test func evenTheQuickLookAtAPasswordIsBounded() async throws {
        let worker = NIOThreadPool(numberOfThreads: 1)
        worker.start()
        let hash = try #require(BcryptHash(Self.hash))
        let authenticator = Authenticator(users: ["alice": hash], worker: worker, quickWorker: worker, mostWaiting: 1)
        let door = DispatchSemaphore(value: 0)
        worker.submit { _ in door.wait() }
        let field = "Basic " + Data("alice:secret".utf8).base64EncodedString()
        let most = Authenticator.digestsForACheck
        let firstVerdicts = await withTaskGroup(
            of: Authenticator.Verdict.self, returning: [Authenticator.Verdict].self
        ) { group in
            for _ in 0..<most + 5 { group.addTask { await authenticator.check(field) } }
            var verdicts: [Authenticator.Verdict] = []
            // None of these needed a thread.
            for _ in 0..<5 { verdicts += [await group.next() ?? .refused] }
            door.signal()
            return verdicts
        }
        #expect(firstVerdicts == Array(repeating: .busy, count: 5))
        #expect(await authenticator.check(field) == .user("alice"))
        try await worker.shutdownGracefully()
    }

    @Test func aSaltWhoseSpareBitsAreSetIsTheSameSalt() throws {
        // Other programs write the 22nd character of the salt as they like; libcrypt writes one of four.
        let other = Self.hash.replacingOccurrences(of: "tuu", with: "tuv")
        #expect(other != Self.hash)
        let hash = try #require(BcryptHash(other))
        #expect(hash.matches(Array("secret".utf8)))
        #expect(!hash.matches(Array("secreT".utf8)))
    }

    @Test func aKnownHashIsChecked() throws {
        // A test vector of the original bcrypt.
        let hash = try #require(BcryptHash("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"))
        #expect(hash.cost == 5)
        #expect(hash.matches(Array("U*U".utf8)))
        #expect(!hash.matches(Array("U*V".utf8)))
        #expect(!hash.matches(Array("U*U\0".utf8)))
        #expect(!hash.matches(Array(repeating: 0x55, count: 10_000)))
        let nobody = try #require(BcryptHash.ofNobody(cost: 5))
        #expect(nobody.cost == 5)
        #expect(SystemCrypt.hash(Array("x".utf8), setting: nobody.text)?.count == 60)
    }

    @Test(arguments: [
        ("Basic YTpi", BasicCredentials.Parts("a", "b")), ("basic  YTpi", .init("a", "b")),
        ("Basic YTo", .init("a", "")),
        ("Basic YTo=", .init("a", "")), ("Basic YTpiOmM=", .init("a", "b:c")), ("Basic OmI=", .init("", "b")),
        ("Basic YQ==", nil), ("Bearer YTpi", nil), ("Basic", nil), ("Basic !", nil), ("Basic YTpi=", nil),
        ("Basic Y=Tpi", nil), ("Basic YTp", .init("a", "")), ("Basic Y", nil), ("", nil),
    ])
    func credentialsAreRead(_ field: String, _ parts: BasicCredentials.Parts?) {
        let credentials = BasicCredentials(field)
        #expect(credentials?.user == parts?.user)
        #expect(credentials?.password == parts.map { Array($0.password.utf8) })
    }
}

extension BasicCredentials {
    struct Parts: Sendable {
        let user: String
        let password: String

        init(_ user: String, _ password: String) {
            self.user = user
            self.password = password
        }
    }
}
