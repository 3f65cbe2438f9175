import Testing

@testable import MetricsServer

@Suite struct WebConfigTests {
    private static let hash = "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"

    private func parse(_ text: String) throws -> WebConfig {
        try WebConfig.parse(Array(text.utf8), file: "/etc/exporter/web.yml")
    }

    @Test func aWholeFileIsRead() throws {
        let config = try parse(
            """
            tls_server_config:
              cert_file: server.pem
              key_file: /etc/keys/server.key
              client_auth_type: RequireAndVerifyClientCert
              client_ca_file: ca.pem
              client_allowed_sans: [prometheus.example, 10.0.0.1]
              min_version: TLS12
              max_version: TLS13
              cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
              prefer_server_cipher_suites: true
              curve_preferences: [X25519, CurveP256]
            http_server_config:
              http2: true
              headers:
                X-Frame-Options: deny
                Strict-Transport-Security: max-age=31536000
            basic_auth_users:
              alice: \(Self.hash)
              bob: \(Self.hash)
            """)
        let tls = try #require(config.tls)
        #expect(tls.certificate == .file("/etc/exporter/server.pem"))
        #expect(tls.key == .file("/etc/keys/server.key"))
        #expect(tls.clientAuthentication == .requireAndVerify)
        #expect(tls.clientAuthority == .file("/etc/exporter/ca.pem"))
        #expect(tls.allowedClientNames == ["prometheus.example", "10.0.0.1"])
        #expect(tls.oldestVersion == .tls12)
        #expect(tls.newestVersion == .tls13)
        #expect(tls.cipherSuites == ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"])
        #expect(tls.curves == [.x25519, .p256])
        #expect(
            config.headers == [
                .init(name: "X-Frame-Options", value: "deny"),
                .init(name: "Strict-Transport-Security", value: "max-age=31536000"),
            ])
        #expect(config.userNames == ["alice", "bob"])
        #expect(
            config.warnings == [
                "tls_server_config.cipher_suites: TLS_AES_128_GCM_SHA256 belongs to TLS 1.3, whose suites are always on",
                "tls_server_config.prefer_server_cipher_suites: it has no effect, here as in Go since 1.17; "
                    + "the client's order decides",
                "http_server_config.http2: HTTP/1.1 is served, also to clients that could do HTTP/2",
            ])
    }

    @Test(arguments: ["", "# nothing\n", "tls_server_config:\nbasic_auth_users:\nhttp_server_config:\n", "{}"])
    func anEmptyFileAsksForNothing(_ text: String) throws {
        #expect(try parse(text) == WebConfig())
    }

    @Test func inlineTextIsTaken() throws {
        let config = try parse("tls_server_config:\n  cert: |\n    A\n    B\n  key: C\n")
        #expect(config.tls?.certificate == .inline("A\nB\n"))
        #expect(config.tls?.key == .inline("C"))
        #expect(config.tls?.oldestVersion == .tls12)
        #expect(config.tls?.files == [])
    }

    @Test(arguments: [
        (
            "tls:\n  cert_file: x\n",
            ":1: tls: there is no such key; there are tls_server_config, http_server_config, basic_auth_users, rate_limit"
        ),
        ("a: [", ":2: did not find expected node content (while parsing a flow node)"),
        ("- x\n", ":1: here should be a mapping, not a list"),
        ("tls_server_config: x\n", ":1: tls_server_config: here should be a mapping, not a single value"),
        (
            "tls_server_config:\n  key_file: k\n",
            ":2: tls_server_config.cert_file: it is needed: the server's certificate, as PEM"
        ),
        (
            "tls_server_config:\n  cert_file: c\n",
            ":2: tls_server_config.key_file: it is needed: the certificate's private key, as PEM"
        ),
        (
            "tls_server_config:\n  cert_file: c\n  cert: d\n  key: k\n",
            ":3: tls_server_config.cert: cert_file is there, too; one of them has to go"
        ),
        (
            "tls_server_config:\n  cert_file: [c]\n  key: k\n",
            ":2: tls_server_config.cert_file: here should be a text, not a list"
        ),
        (
            "tls_server_config:\n  cert: c\n  key: k\n  min_version: TLS9\n",
            ":4: tls_server_config.min_version: 'TLS9' is not known; there are TLS10, TLS11, TLS12, TLS13"
        ),
        (
            "tls_server_config:\n  cert: c\n  key: k\n  max_version: TLS11\n",
            ":4: tls_server_config.max_version: TLS11 is older than min_version, TLS12"
        ),
        (
            "tls_server_config:\n  cert: c\n  key: k\n  client_auth_type: VerifyClientCertIfGiven\n",
            ":2: tls_server_config.client_ca_file: it is needed for VerifyClientCertIfGiven: whose certificates are trusted"
        ),
        (
            "tls_server_config:\n  cert: c\n  key: k\n  client_ca_file: a\n",
            ":2: tls_server_config.client_auth_type: it is needed beside client_ca_file: who is asked for one"
        ),
        (
            "tls_server_config:\n  cert: c\n  key: k\n  client_auth_type: Any\n",
            ":4: tls_server_config.client_auth_type: 'Any' is not known; there are NoClientCert, RequestClientCert, "
                + "RequireAnyClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert"
        ),
        (
            "tls_server_config:\n  cert: c\n  key: k\n  client_allowed_sans: [a]\n",
            ":4: tls_server_config.client_allowed_sans: it needs client_auth_type: VerifyClientCertIfGiven or "
                + "RequireAndVerifyClientCert"
        ),
        (
            "tls_server_config:\n  cert: c\n  key: k\n  curve_preferences: [P1]\n",
            ":4: tls_server_config.curve_preferences: 'P1' is not known; there are CurveP256, CurveP384, CurveP521, "
                + "X25519, X25519MLKEM768"
        ),
        (
            "tls_server_config:\n  cert: c\n  key: k\n  curve_preferences: X25519\n",
            ":4: tls_server_config.curve_preferences: here should be a list, not a single value"
        ),
        (
            "tls_server_config:\n  cert: c\n  key: k\n  curve_preferences:\n  - X25519\n  - [x]\n",
            ":6: tls_server_config.curve_preferences: the list should hold texts, not a list"
        ),
        ("http_server_config:\n  http2: yes\n", ":2: http_server_config.http2: here should be true or false"),
        (
            "http_server_config:\n  headers:\n    X-Own: a\n",
            ":3: http_server_config.headers.X-Own: there is no such key; there are Strict-Transport-Security, "
                + "X-Content-Type-Options, X-Frame-Options, X-XSS-Protection, Content-Security-Policy"
        ),
        (
            "http_server_config:\n  headers:\n    X-Frame-Options: any\n",
            ":3: http_server_config.headers.X-Frame-Options: 'any' is not known; there are deny, sameorigin"
        ),
        (
            "http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\nb\"\n",
            ":3: http_server_config.headers.X-XSS-Protection: a header's value is one line of printable text"
        ),
        (
            "basic_auth_users:\n  alice: secret\n",
            ":2: basic_auth_users.alice: this is no bcrypt hash; 'htpasswd -nBC 10 alice' makes one"
        ),
        (
            "basic_auth_users:\n  alice: $2y$31$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234\n",
            ":2: basic_auth_users.alice: a cost of 31 takes seconds for one password; make a hash with a cost of 10 to 16"
        ),
        (
            "basic_auth_users:\n  \"a:b\": \(hash)\n",
            ":2: basic_auth_users.a:b: a name is not empty and has no colon: browsers and scrapers could not send it"
        ),
        ("basic_auth_users: [alice]\n", ":1: basic_auth_users: here should be a mapping, not a list"),
        (
            "rate_limit:\n  interval: 1s\n",
            ":1: rate_limit: this server does not limit the rate of requests; take it out"
        ),
        (
            "http_server_config: {\"\\e]0;x\\a\\nb\": 1}\n",
            ":1: http_server_config.\\u{1b}]0;x\\u{7}\\u{a}b: there is no such key; there are http2, headers"
        ),
    ])
    func whatIsWrongIsSaidWithItsPlace(_ text: String, _ message: String) {
        let error = #expect(throws: WebConfigError.self) { try parse(text) }
        #expect(error?.description == "/etc/exporter/web.yml" + message)
    }

    @Test func aMissingFileIsSaid() {
        let error = #expect(throws: WebConfigError.self) {
            try WebConfig.contents(of: "/nowhere/web.yml", file: "/nowhere/web.yml")
        }
        #expect(error?.description == "/nowhere/web.yml: cannot be read: ENOENT")
        #expect(error?.mayPass == true)
    }

    @Test func headersAreOnEveryReply() async throws {
        try await TestFolder.with { folder in
            let file = try folder.write(
                "web.yml",
                "basic_auth_users:\n  alice: \(Self.hash)\nhttp_server_config:\n  headers:\n    X-Frame-Options: deny\n"
            )
            try await TestServer.with(webConfig: file) { server in
                let reply = try await server.get("/")
                #expect(reply.status == 401)
                #expect(reply["x-frame-options"] == "deny")
                // Those that no site has seen.
                let client = try await server.connect()
                try await client.send("FOO / HTTP/1.1\r\n\r\n")
                #expect(try await client.reply()["x-frame-options"] == "deny")
            }
        }
    }
}
