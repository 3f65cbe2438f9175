import Foundation
import Glibc

/// `ebpf-metrics serve`, the real one.
public final class Daemon: Sendable {
    /// Speaks to it.
    public let client: WebClient
    /// The process.
    public let program: BackgroundProgram

    /// Where it listens, such as `127.0.0.1:40000`.
    public var address: String { String(client.base[(client.base.range(of: "://")?.upperBound ?? "".startIndex)...]) }

    /// Starts it on a free port of 127.0.0.1, and waits until it says that it listens.
    /// - Parameters:
    ///   - collector: another program than the one beside the tests: the same with other rights.
    ///   - secret: what it shall ask its clients for.
    public init(
        _ arguments: [String], environment: [String: String] = [:], collector: Program = .collector,
        secret: WebSecret? = nil, in folder: ScratchFolder
    ) throws {
        var words = ["serve", "--web.listen-address", "127.0.0.1:0", "--log-level", "info"]
        if let secret { words += ["--web.config.file", secret.configuration] }
        program = try BackgroundProgram(
            collector.with(words + arguments), environment: environment,
            log: folder.url.appending(path: "daemon-\(UUID().uuidString).log"))
        let base = try program.wait(for: "listened") { text in
            text.firstMatch(of: #/listening on (https?://[0-9.]+:[0-9]+)/#).map { String($0.1) }
        }
        client = WebClient(base, user: secret?.user, authority: secret?.certificate)
    }

    /// Starts it, lends it, and ends it.
    public static func with<Value>(
        _ arguments: [String], environment: [String: String] = [:], collector: Program = .collector,
        in folder: ScratchFolder, _ body: (Daemon) throws -> Value
    ) throws -> Value {
        let daemon = try Daemon(arguments, environment: environment, collector: collector, in: folder)
        defer { daemon.program.stop() }
        return try body(daemon)
    }

    /// What `/metrics` says now.
    public func page() throws -> MetricsPage {
        let answer = try client.get("/metrics")
        guard answer.status == 200 else { throw program.failure("/metrics answered \(answer.status)") }
        return try MetricsPage(answer.text)
    }

    /// Waits for a page that has something.
    public func page<Value>(with what: String, _ find: (MetricsPage) -> Value?) throws -> Value {
        try patiently(what, orFail: program.failure) { find(try page()) }
    }

    /// Its anonymous resident memory in bytes: what could grow.
    public func anonymousMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(program.pid)/status", encoding: .utf8)
        guard let kibibytes = status.firstMatch(of: #/RssAnon:\s+([0-9]+) kB/#).flatMap({ Int($0.1) }) else {
            throw program.failure("its status tells no RssAnon")
        }
        return kibibytes * 1024
    }
}

/// A certificate for 127.0.0.1 and a password, as a web configuration of the exporter toolkit.
public struct WebSecret: Sendable {
    /// The certificate's file.
    public let certificate: String
    /// The web configuration's file.
    public let configuration: String
    /// The user's name.
    public let name = "prometheus"
    /// The password.
    public let password = "a password for tests"

    /// `name:password`.
    public var user: String { "\(name):\(password)" }

    /// Makes them in a folder.
    public init(in folder: ScratchFolder) throws {
        certificate = folder.path("server.crt")
        let key = folder.path("server.key")
        let made = try Program(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                "-out", certificate,
            ]
        ).run()
        // The system's crypt(3) by way of Perl, which every Debian has.
        let hashed = try Program(
            "perl", ["-e", "print crypt($ARGV[0], q{$2y$05$saltforthetestsonlyxx.})", password]
        ).run()
        guard made.status == 0, hashed.text.hasPrefix("$2y$05$") else {
            throw BackgroundProgram.Failure(description: "no secret: \(made.errors) \(hashed.text)\(hashed.errors)")
        }
        configuration = try folder.write(
            "web.yml",
            """
            tls_server_config:
              cert_file: \(certificate)
              key_file: \(key)
            basic_auth_users:
              \(name): \(hashed.text)

            """)
    }
}
