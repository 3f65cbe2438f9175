import EBPFMetrics
import KernelObjects
import KernelSources
import LinuxSystem
import Logging
import NIOCore
import NIOHTTP1
import Settings
import TestSupport
import Testing

@testable import MetricsDaemon
@testable import MetricsServer

/// The daemon's pages, on a recorded host.
@Suite struct DaemonSiteTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func settings(_ change: (inout Settings) -> Void = { _ in }) -> Settings {
        var settings = Settings(profile: .detailed)
        settings.collector.sources = [.procfs]
        settings.collector.paths = HostPaths(
            procfs: Fixtures.path("texts/6.12/proc"), sysfs: Fixtures.path("texts/6.12/sys"))
        change(&settings)
        return settings
    }

    private func site(_ settings: Settings) -> DaemonSite {
        let privileges = PrivilegeReduction(kept: [], dropped: [], obstacle: nil)
        return DaemonSite(
            keeper: CollectionKeeper(
                EBPFMetricsCollector(configuration: settings.collector, logger: logger, metrics: nil)),
            state: DaemonState(settings: settings, privileges: privileges, logger: logger))
    }

    private func get(
        _ site: DaemonSite, _ path: String, _ headers: HTTPHeaders = [:], isLocal: Bool = false, user: String? = nil
    ) async -> (status: HTTPResponseStatus, type: String, text: String) {
        let reply = await site.reply(to: HTTPRequest(path: path, headers: headers, isLocal: isLocal, user: user))
        return (reply.status, reply.body.contentType, String(buffer: reply.body.plain))
    }

    @Test func aScrapeBeforeTheFirstCollectionWaitsForIt() async {
        let site = site(settings())
        #expect(await get(site, "/readyz").status == .serviceUnavailable)
        let page = await get(site, "/metrics")
        #expect(page.status == .ok)
        #expect(page.type == "text/plain; version=0.0.4; charset=utf-8")
        #expect(page.text.contains("\nodigos_ebpf_maps_total 38\n"))
        #expect(page.text.contains("\nodigos_ebpf_collection_duration_ms_count 1\n"))
        #expect(await get(site, "/readyz").status == .ok)
        #expect(await get(site, "/healthz").status == .ok)
    }

    @Test func scrapesOfOneCollectionGetTheSameBytes() async {
        let site = site(settings())
        let first = await site.reply(to: HTTPRequest(path: "/metrics"))
        let second = await site.reply(to: HTTPRequest(path: "/metrics"))
        #expect(first.body === second.body)
    }

    @Test func aMaximalAgeMakesAScrapeCollect() async {
        let site = site(settings { $0.maxAge = .zero })
        _ = await get(site, "/metrics")
        let page = await get(site, "/metrics")
        #expect(page.text.contains("\nodigos_ebpf_collection_duration_ms_count 2\n"))
    }

    @Test func theFormatIsNegotiated() async {
        let site = site(settings())
        let page = await get(site, "/metrics", ["Accept": "application/openmetrics-text;version=1.0.0"])
        #expect(page.type == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(page.text.hasSuffix("# EOF\n"))
        #expect(page.text.contains("\nodigos_ebpf_collection_duration_ms_created "))
    }

    @Test(arguments: ["/doctor", "/api/v1/inventory"])
    func pagesThatNameProcessesAreForTheHostAndForUsers(_ path: String) async {
        let site = site(settings())
        #expect(await get(site, path).status == .forbidden)
        #expect(await get(site, path, isLocal: true).status == .ok)
        #expect(await get(site, path, user: "alice").status == .ok)
    }

    @Test func theInventoryIsTheOneOfCollect() async throws {
        let page = await get(site(settings()), "/api/v1/inventory", isLocal: true)
        #expect(page.type == "application/json")
        #expect(
            page.text.contains("\"schema\": \"swift-ebpf-metrics/collect/v1\"")
                || page.text.contains("\"schema\":\"swift-ebpf-metrics/collect/v1\""))
    }

    @Test func theDiagnosisComesAsTextOrJSON() async {
        let site = site(settings())
        #expect(await get(site, "/doctor", isLocal: true).type == "text/plain; charset=utf-8")
        let json = await get(site, "/doctor", ["Accept": "application/json"], isLocal: true)
        #expect(json.type == "application/json")
        #expect(json.text.contains("swift-ebpf-metrics/doctor/v1"))
    }

    @Test func theLandingPageTellsUnknownFromNone() async {
        let site = site(settings { $0.collector.metricPrefix = "host" })
        #expect(await get(site, "/").text.contains("The first collection is not done yet."))
        _ = await get(site, "/metrics")
        let page = await get(site, "/")
        #expect(page.type == "text/html; charset=utf-8")
        #expect(page.text.contains("<tr><th>Maps</th><td class=\"number\">at least 38</td></tr>"))
        #expect(page.text.contains("<tr><th>Pins</th><td class=\"number\">unknown</td></tr>"))
        #expect(page.text.contains("Partial: not everything can be seen, by procfs"))
    }

    @Test func whatIsElsewhereIsNotFound() async {
        let site = site(settings { $0.web.telemetryPath = "/m" })
        #expect(await get(site, "/metrics").status == .notFound)
        #expect(await get(site, "/m").status == .ok)
        #expect(await get(site, "/").text.contains("<a href=\"/m\">/m</a>"))
    }

    @Test func textIsEscapedForHTML() {
        #expect(LandingPage.escaped("<a href=\"x\">&</a>") == "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;")
    }

    @Test func aReloadTakesOverWhatItCan() async throws {
        let old = settings()
        let site = site(old)
        _ = await get(site, "/metrics")
        var new = settings { $0.collector.metricPrefix = "host" }
        new.web.telemetryPath = "/m"
        new.web.maxConnections = 7
        let reread = new
        await service(site) { reread }.reload()
        #expect(site.state.settings.web.maxConnections == old.web.maxConnections)
        _ = await site.keeper.collector.collect()
        await site.keeper.take(site.keeper.collector.registry)
        // Under another prefix, and still counting on.
        #expect(await get(site, "/m").text.contains("\nhost_ebpf_collection_duration_ms_count 2\n"))
        #expect(old.differencesThatNeedARestart(from: new) == ["web.max_connections"])
    }

    @Test func aReloadOfAMistakeChangesNothing() async {
        struct Mistake: Error {}
        let site = site(settings())
        await service(site) { throw Mistake() }.reload()
        #expect(site.state.settings == settings())
        #expect(await get(site, "/metrics").status == .ok)
    }

    private func service(_ site: DaemonSite, _ reread: @escaping @Sendable () throws -> Settings) -> ReloadService {
        let server = MetricsServer(configuration: ServerConfiguration(), site: site, logger: logger)
        return ReloadService(
            state: site.state, keeper: site.keeper, server: server, manager: nil, logger: logger, reread: reread)
    }
}
