internal import EBPFMetrics
internal import Exposition
internal import KernelSources
internal import Logging
internal import MetricsServer
internal import NIOCore
internal import NIOHTTP1
internal import Settings
internal import Synchronization

/// What a daemon serves: the metrics, how it is, and, to who may know, who holds what.
struct DaemonSite: HTTPSite {
    let keeper: CollectionKeeper
    let state: DaemonState

    func reply(to request: HTTPRequest) async -> HTTPReply {
        let settings = state.settings
        switch request.path {
        case settings.web.telemetryPath: return await metrics(request, settings)
        case "/": return await landingPage(settings)
        case "/healthz": return .text(.ok, "alive")
        case "/readyz":
            let isReady = await keeper.newest != nil
            return isReady ? .text(.ok, "ready") : .text(.serviceUnavailable, "the first collection is not done yet")
        case "/api/v1/inventory": return await protected(request) { await inventory() }
        case "/doctor": return await protected(request) { await doctor(request, settings) }
        default: return .text(.notFound, "there is no such page; / lists those that there are")
        }
    }

    private func metrics(_ request: HTTPRequest, _ settings: Settings) async -> HTTPReply {
        let accept = request.headers["accept"]
        let format = ExpositionFormat.negotiate(
            accept: accept.isEmpty ? nil : accept.joined(separator: ","),
            offersProtobuf: ExpositionFormat.offersProtobuf)
        let pages = await keeper.pages(notOlderThan: settings.maxAge)
        return HTTPReply(.ok, pages.metrics(format), headers: ["Vary": "Accept"])
    }

    private func landingPage(_ settings: Settings) async -> HTTPReply {
        let page = LandingPage(
            registry: await keeper.newest?.registry, telemetryPath: settings.web.telemetryPath,
            privileges: state.privileges.summary)
        return HTTPReply(.ok, HTTPBody("text/html; charset=utf-8", text: page.html))
    }

    /// Pages that name processes are for this host, or for who proved a name.
    private func protected(_ request: HTTPRequest, _ page: () async -> HTTPReply) async -> HTTPReply {
        guard request.isLocal || request.user != nil else {
            return .text(
                .forbidden,
                "this page names processes: it is served to this host itself, and to users of the web config file")
        }
        return await page()
    }

    private func inventory() async -> HTTPReply {
        let pages = await keeper.pages(notOlderThan: state.settings.maxAge)
        guard let body = pages.inventory() else {
            return .text(.serviceUnavailable, "the first collection is not done yet")
        }
        return HTTPReply(.ok, body)
    }

    private func doctor(_ request: HTTPRequest, _ settings: Settings) async -> HTTPReply {
        let report = await state.diagnosis.report(settings)
        let wantsJSON = request.headers["accept"].contains { $0.contains("json") }
        if wantsJSON {
            return HTTPReply(
                .ok, HTTPBody("application/json", CollectedPages.collect { DoctorJSON.write(report, to: $0) }))
        }
        return .text(.ok, DoctorText(isColoured: false).text(of: report))
    }
}
