internal import EBPFMetrics
internal import KernelObjects
internal import KernelSources
internal import ObjectInventory

/// The page for people who open the daemon's address.
struct LandingPage {
    let registry: MetricsRegistry?
    let telemetryPath: String
    let privileges: String

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>ebpf-metrics</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; } td, th { padding: .1rem 1rem .1rem 0; text-align: left; }
        td.number { text-align: right; }
        @media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } a { color: #8bf; } }
        </style>
        </head>
        <body>
        <h1>ebpf-metrics</h1>
        <p>Version \(BuildInfo.version). What eBPF costs this host, with whatever rights there are.</p>
        <ul>
        <li><a href="\(Self.escaped(telemetryPath))">\(Self.escaped(telemetryPath))</a> metrics</li>
        <li><a href="/doctor">/doctor</a> what can be seen, and what would let more be seen (from this host, or with a password)</li>
        <li><a href="/api/v1/inventory">/api/v1/inventory</a> every object, as JSON (the same)</li>
        <li><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a></li>
        </ul>
        \(collection)
        <h2>Rights</h2>
        <p>\(Self.escaped(privileges))</p>
        </body>
        </html>

        """
    }

    private var collection: String {
        guard let last = registry?.last else { return "<p>The first collection is not done yet.</p>" }
        let totals = last.totals
        let rows: [(String, Amount)] = [
            ("Programs", totals.programs), ("Bytes of programs", totals.programMemory), ("Maps", totals.maps),
            ("Bytes of maps", totals.mapMemory), ("Links", totals.links), ("Pins", totals.pins),
        ]
        let table = rows.map { name, amount in
            "<tr><th>\(name)</th><td class=\"number\">\(Self.text(amount))</td></tr>"
        }
        let reasons = last.limitations.map { source, limitation in
            "<li>\(source.name): \(Self.escaped(limitation.text))</li>"
        }
        let sources = last.reports.map(\.source.name).joined(separator: ", ")
        return """
            <h2>Last collection</h2>
            <p>\(last.isComplete ? "Complete" : "Partial: not everything can be seen"), \
            by \(sources.isEmpty ? "no source" : sources), in \(Self.rounded(last.duration.milliseconds)) ms.</p>
            <table>
            \(table.joined(separator: "\n"))
            </table>
            \(reasons.isEmpty ? "" : "<p>What is missing, and why:</p>\n<ul>\n\(reasons.joined(separator: "\n"))\n</ul>")
            """
    }

    /// A number with how much it may be trusted: never 0 for what is not known.
    private static func text(_ amount: Amount) -> String {
        switch amount {
        case .exact(let value): "\(value)"
        case .atLeast(let value): "at least \(value)"
        case .unknown: "unknown"
        }
    }

    private static func rounded(_ milliseconds: Double) -> String {
        "\((milliseconds * 10).rounded() / 10)"
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
