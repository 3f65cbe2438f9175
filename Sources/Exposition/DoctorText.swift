public import EBPFMetrics
import KernelObjects
import KernelSources
import LinuxSystem
import ObjectInventory

/// Writes a doctor's report for people.
public struct DoctorText: Sendable {
    private let style: TerminalStyle

    /// A writer, with colours or without.
    public init(isColoured: Bool) {
        style = TerminalStyle(isColoured: isColoured)
    }

    /// The text, lines ended by newlines.
    public func text(of report: DoctorReport) -> String {
        var lines = [headline(report), "", style.bold("SOURCES")]
        let binary = report.snapshot.access.executable.value ?? "ebpf-metrics"
        for assessment in report.snapshot.assessments { lines += source(assessment, binary: binary) }
        // What the run met, where the assessment has not said it already.
        for (source, limitation) in report.snapshot.limitations {
            let assessment = report.snapshot.assessments.first { $0.source == source }
            if assessment?.limitations.contains(where: { $0.code == limitation.code }) == true { continue }
            lines.append(
                "  \(source.name) met: \(PrintableText.of(limitation.text.utf8)) [\(limitation.code.rawValue)]")
        }
        lines += filter(report)
        lines += ["", style.bold("FINDINGS")]
        var table = TextTable([.left("WHAT"), .left("VALUE"), .left("LEARNT FROM")])
        for finding in report.findings {
            table.add([
                finding.name, finding.value.map { PrintableText.of($0.utf8) } ?? "unknown",
                PrintableText.of(finding.evidence.utf8),
            ])
        }
        lines += table.lines(style).map { "  " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    private func headline(_ report: DoctorReport) -> String {
        switch report.verdict {
        case .complete: style.good("complete") + ": every program, map and link of this host can be seen"
        case .partial:
            style.warning("partial") + ": some of this host's eBPF objects can be seen, totals are lower bounds"
        case .blind: style.bad("blind") + ": nothing can be seen beyond this user's own processes"
        }
    }

    private func source(_ assessment: SourceAssessment, binary: String) -> [String] {
        let name = assessment.source.name.padding(to: 8)
        var lines: [String] = []
        switch assessment.verdict {
        case .complete: lines.append("  \(name)\(style.good("complete"))")
        case .partial: lines.append("  \(name)\(style.warning("partial"))")
        case .unavailable: lines.append("  \(name)\(style.bad("unavailable"))")
        }
        for limitation in assessment.limitations {
            lines.append("    why:  \(PrintableText.of(limitation.text.utf8)) [\(limitation.code.rawValue)]")
        }
        if let lost = assessment.lost { lines.append("    lost: \(lost)") }
        guard let grant = assessment.grant else { return lines }
        if let advice = grant.advice { lines.append("    mend: \(advice)") }
        if let setcap = grant.setcap(binary: binary) { lines.append("    mend, for the binary:      \(setcap)") }
        if let systemd = grant.systemd {
            lines += indented(systemd, first: "    mend, in a systemd unit:   ")
        }
        if let kubernetes = grant.kubernetes {
            lines += indented(kubernetes, first: "    mend, in Kubernetes:       ")
        }
        return lines
    }

    private func indented(_ text: String, first: String) -> [String] {
        let rest = String(repeating: " ", count: first.count)
        return text.split(separator: "\n").enumerated().map { ($0.offset == 0 ? first : rest) + $0.element }
    }

    private func filter(_ report: DoctorReport) -> [String] {
        let filter = report.filter
        var lines = ["", style.bold("FILTER")]
        let seen = filter.matched + filter.differing + filter.unnamed
        guard !filter.prefixes.isEmpty else { return lines + ["  no prefixes: all \(seen) programs seen count"] }
        let prefixes = filter.prefixes.joined(separator: ", ")
        lines.append("  \(seen) programs were seen; \(filter.matched) have one of the prefixes \(prefixes)")
        if filter.differing > 0 {
            let examples = filter.examples.map { PrintableText.of($0.utf8) }.joined(separator: ", ")
            lines.append("  \(filter.differing) have none of them\(examples.isEmpty ? "" : ", such as \(examples)")")
        }
        if filter.unnamed > 0 {
            lines.append("  \(filter.unnamed) have a name that no source could tell, so the filter cannot judge them")
        }
        if filter.matched == 0, seen > 0 {
            lines.append(
                "  That is why there are no metrics: widen the filter with --prefix, or --profile detailed for all")
        }
        return lines
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
