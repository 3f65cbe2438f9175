public import EBPFMetrics
import KernelObjects
import KernelSources
import LinuxSystem
import ObjectInventory

/// Writes a doctor's report as JSON. The form is `docs/schema/doctor-v1.schema.json`.
public enum DoctorJSON {
    /// The name of the form.
    public static let schema = "swift-ebpf-metrics/doctor/v1"

    /// Writes to `sink`, in pieces.
    public static func write(_ report: DoctorReport, to sink: @escaping ([UInt8]) -> Void) {
        let binary = report.snapshot.access.executable.value ?? "ebpf-metrics"
        var json = JSONWriter(to: sink)
        json.object { json in
            json.member("schema", schema)
            json.member("version", BuildInfo.version)
            json.member("verdict", report.verdict.name)
            json.key("sources")
            json.array(report.snapshot.assessments) { json, assessment in
                json.object { write(assessment, binary: binary, &$0) }
            }
            json.key("limitations")
            json.array(report.snapshot.limitations) { json, item in
                json.object { json in
                    json.member("source", item.source.name)
                    json.member("code", item.limitation.code.rawValue)
                    json.member("text", item.limitation.text)
                }
            }
            json.key("filter")
            json.object { json in
                json.key("prefixes")
                json.array(report.filter.prefixes) { $0.value($1) }
                json.member("programs_matched", UInt64(report.filter.matched))
                json.member("programs_with_other_prefix", UInt64(report.filter.differing))
                json.member("programs_with_unknown_name", UInt64(report.filter.unnamed))
                json.key("examples")
                json.array(report.filter.examples) { $0.value($1) }
            }
            json.key("findings")
            json.array(report.findings) { json, finding in
                json.object { json in
                    json.member("name", finding.name)
                    json.member("value", finding.value)
                    json.member("evidence", finding.evidence)
                }
            }
        }
        json.finish()
    }

    private static func write(_ assessment: SourceAssessment, binary: String, _ json: inout JSONWriter) {
        json.member("name", assessment.source.name)
        json.member("verdict", assessment.verdict.rawValue)
        json.key("reasons")
        json.array(assessment.limitations) { json, limitation in
            json.object { json in
                json.member("code", limitation.code.rawValue)
                json.member("text", limitation.text)
            }
        }
        json.member("lost", assessment.lost)
        json.key("grant")
        guard let grant = assessment.grant else { return json.null() }
        json.object { json in
            json.key("capabilities")
            json.array(grant.capabilities) { $0.value($1.description) }
            json.member("advice", grant.advice)
            json.member("setcap", grant.setcap(binary: binary))
            json.member("systemd", grant.systemd)
            json.member("kubernetes", grant.kubernetes)
        }
    }
}
