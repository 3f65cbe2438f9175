import Foundation
import Glibc

/// A real Prometheus.
public final class Prometheus: PromQLServer {
    /// The process.
    public let program: BackgroundProgram
    /// Speaks to it.
    public let client: WebClient

    /// What it scrapes.
    public struct Job: Sendable {
        let name: String
        let daemon: Daemon
        let secret: WebSecret?

        /// A daemon under the name of a job; with its secret when it asks for one.
        public init(_ name: String, _ daemon: Daemon, secret: WebSecret? = nil) {
            (self.name, self.daemon, self.secret) = (name, daemon, secret)
        }
    }

    /// Starts it, with all that its version can do switched on, and waits until it is ready.
    /// - Parameters:
    ///   - rules: files of rules.
    public init(
        _ build: PrometheusBuild, jobs: [Job] = [], rules: [String] = [], in folder: ScratchFolder
    ) throws {
        let configuration = try folder.write("prometheus.yml", Self.configuration(build, jobs, rules))
        program = try BackgroundProgram(
            Program(
                build.prometheus,
                [
                    "--config.file=\(configuration)", "--storage.tsdb.path=\(folder.path("prometheus"))",
                    "--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle",
                ] + build.features),
            log: folder.url.appending(path: "prometheus.log"))
        let address = try program.wait(for: "listened") { text in
            // An earlier line repeats what was asked for: port 0.
            text.firstMatch(of: #/address=(127\.0\.0\.1:[1-9][0-9]*)/#).map { String($0.1) }
        }
        client = WebClient("http://\(address)")
        try patiently("ready", orFail: program.failure) {
            (try? client.get("/-/ready"))?.status == 200 ? () : nil
        }
    }

    /// Starts it, lends it, and ends it.
    public static func with<Value>(
        _ build: PrometheusBuild, jobs: [Job] = [], rules: [String] = [], in folder: ScratchFolder,
        _ body: (Prometheus) throws -> Value
    ) throws -> Value {
        let prometheus = try Prometheus(build, jobs: jobs, rules: rules, in: folder)
        defer { prometheus.stop() }
        return try body(prometheus)
    }

    /// Ends it by SIGTERM.
    public func stop() { program.stop() }

    /// Makes it read its configuration and rules again.
    public func reload() throws {
        let answer = try client.get("/-/reload", form: [("", "")])
        guard answer.status == 200 else { throw program.failure("no reload: \(answer.text)") }
    }

    /// An alert that is pending or firing.
    public struct Alert: Sendable {
        /// Its labels, its name among them.
        public let labels: [String: String]
        /// `pending` or `firing`.
        public let state: String
    }

    /// The alerts of this name that are pending or firing.
    public func alerts(_ name: String, job: String? = nil) throws -> [Alert] {
        try answer("/api/v1/alerts")["data"]["alerts"].elements.map { alert in
            Alert(labels: strings(alert["labels"]), state: alert["state"].string ?? "")
        }.filter { $0.labels["alertname"] == name && (job == nil || $0.labels["job"] == job) }
    }

    private static func configuration(_ build: PrometheusBuild, _ jobs: [Job], _ rules: [String]) -> String {
        var lines = ["global:", "  scrape_interval: 1s", "  scrape_timeout: 1s", "  evaluation_interval: 1s"]
        if !rules.isEmpty { lines += ["rule_files:"] + rules.map { "- \($0)" } }
        if !jobs.isEmpty { lines.append("scrape_configs:") }
        for job in jobs {
            lines += ["- job_name: \(job.name)", "  static_configs:", "  - targets: ['\(job.daemon.address)']"]
            lines += build.bothHistograms.map { "  " + $0 }
            if let secret = job.secret {
                lines += ["  scheme: https", "  tls_config:", "    ca_file: \(secret.certificate)", "  basic_auth:"]
                lines += ["    username: \(secret.name)", "    password: \(secret.password)"]
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
