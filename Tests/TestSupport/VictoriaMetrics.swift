import Foundation
import Glibc

/// A real VictoriaMetrics, as a backend that receives OTLP.
public final class VictoriaMetrics: PromQLServer {
    /// The process.
    public let program: BackgroundProgram
    /// Speaks to it.
    public let client: WebClient

    private static let path = PrometheusBuild.fetched("victoria-metrics") + "/victoria-metrics"

    /// Whether `scripts/fetch-prometheus` got one.
    public static let isThere = (try? Program(path, ["--version"]).run())?.status == 0

    /// The endpoint of OTLP metrics.
    public var otlp: String { client.base + "/opentelemetry/v1/metrics" }

    /// Starts it on the port of an earlier one, or a free one, with the data that a folder may have already.
    public init(port: Int? = nil, in folder: ScratchFolder) throws {
        let port = try port ?? Int(Self.freePort())
        program = try BackgroundProgram(
            Program(
                Self.path,
                [
                    "-httpListenAddr=127.0.0.1:\(port)", "-storageDataPath=\(folder.path("victoria-metrics"))",
                    "-opentelemetry.usePrometheusNaming",
                    // What was just received is shown at once.
                    "-search.latencyOffset=0s", "-search.disableCache",
                ]),
            log: folder.url.appending(path: "victoria-metrics-\(UUID().uuidString).log"))
        client = WebClient("http://127.0.0.1:\(port)")
        try wait(for: "ready") { (try? client.get("/health"))?.status == 200 ? () : nil }
    }

    /// The port where it listens.
    public var port: Int? { client.base.split(separator: ":").last.flatMap { Int($0) } }

    /// A port that nobody has now. It does not say which it took when it is told to take any.
    private static func freePort() throws -> UInt16 {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { throw POSIXError(.EMFILE) }
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return try withUnsafeMutablePointer(to: &address) { address in
            try address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(probe, address, length) == 0, getsockname(probe, address, &length) == 0 else {
                    throw POSIXError(.EADDRINUSE)
                }
            }
            return UInt16(bigEndian: address.pointee.sin_port)
        }
    }
}
