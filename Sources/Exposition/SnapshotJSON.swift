public import EBPFMetrics
import KernelObjects
import KernelSources
import LinuxSystem
import ObjectInventory

/// Writes a snapshot as JSON. The form is `docs/schema/collect-v1.schema.json`; unknown facts are null.
public enum SnapshotJSON {
    /// The name of the form.
    public static let schema = "swift-ebpf-metrics/collect/v1"

    /// Writes to `sink`, in pieces.
    public static func write(_ snapshot: Snapshot, to sink: @escaping ([UInt8]) -> Void) {
        var json = JSONWriter(to: sink)
        json.object { json in
            json.member("schema", schema)
            json.member("version", BuildInfo.version)
            json.member("collected_at", snapshot.startedAt)
            json.member("duration_ms", snapshot.duration.milliseconds)
            json.member("kernel", snapshot.access.kernel.value?.description)
            json.member("memlock_estimator", snapshot.access.kernel.value.map { MemoryEstimator($0).rawValue })
            json.member("run_stats_enabled", snapshot.access.bpfStatsEnabled.value.map { $0 != 0 })
            json.key("complete")
            json.object { json in
                for fact in Fact.allCases {
                    json.key(fact.name)
                    json.value(snapshot.complete.contains(fact))
                }
            }
            json.key("totals")
            json.object { write(snapshot.totals, &$0) }
            json.key("filter")
            json.object { json in
                json.key("prefixes")
                json.array(snapshot.inventory.filter.prefixes) { $0.value($1) }
                json.member("programs_with_other_prefix", snapshot.totals.programsWithOtherPrefix)
                json.member("programs_with_unknown_name", snapshot.totals.programsWithUnknownName)
            }
            json.key("limits")
            json.object { json in
                json.member("max_programs", snapshot.inventory.limits.maxPrograms.map { UInt64($0) })
                json.member("max_maps", snapshot.inventory.limits.maxMaps.map { UInt64($0) })
            }
            json.key("memory")
            json.object { writeMemory(snapshot, &$0) }
            json.key("sources")
            json.array(snapshot.assessments) { json, assessment in
                let report = snapshot.reports.last { $0.source == assessment.source }
                json.object { write(assessment, report, &$0) }
            }
            json.key("limitations")
            json.array(snapshot.limitations) { json, item in
                json.object { json in
                    json.member("source", item.source.name)
                    json.member("code", item.limitation.code.rawValue)
                    json.member("text", item.limitation.text)
                }
            }
            json.key("programs")
            json.array(snapshot.inventory.programs) { json, program in json.object { write(program, &$0) } }
            json.key("maps")
            json.array(snapshot.inventory.maps) { json, map in json.object { write(map, &$0) } }
            json.key("links")
            json.array(snapshot.inventory.links) { json, link in json.object { write(link, &$0) } }
            json.key("pins")
            json.array(snapshot.inventory.pins) { json, pin in json.object { write(pin, &$0) } }
            json.key("holders")
            json.array(HolderSummary.all(of: snapshot.inventory)) { json, holder in json.object { write(holder, &$0) } }
        }
        json.finish()
    }

    // MARK: Parts

    private static func write(_ totals: Totals, _ json: inout JSONWriter) {
        func amount(_ key: StaticString, _ amount: Amount) {
            json.key(key)
            write(amount, &json)
        }
        amount("programs", totals.programs)
        amount("program_memory_bytes", totals.programMemory)
        amount("maps", totals.maps)
        amount("map_memory_bytes", totals.mapMemory)
        amount("links", totals.links)
        amount("pins", totals.pins)
    }

    private static func write(_ amount: Amount, _ json: inout JSONWriter) {
        json.object { json in
            json.member("value", amount.value)
            json.member("exact", amount.isExact)
        }
    }

    private static func writeMemory(_ snapshot: Snapshot, _ json: inout JSONWriter) {
        json.member("used_bytes", UInt64(snapshot.heldBytes))
        json.member("peak_bytes", UInt64(snapshot.peakBytes))
        json.member("limit_bytes", UInt64(snapshot.limitBytes))
        json.key("cut")
        json.object { json in
            json.member("programs", snapshot.inventory.cut.programs)
            json.member("maps", snapshot.inventory.cut.maps)
            json.member("links", snapshot.inventory.cut.links)
            json.member("pins", snapshot.inventory.cut.pins)
            json.member("holders", snapshot.inventory.cut.holders)
            json.member("uncounted", snapshot.inventory.uncounted)
        }
    }

    private static func write(_ assessment: SourceAssessment, _ report: ScanReport?, _ json: inout JSONWriter) {
        json.member("name", assessment.source.name)
        json.member("verdict", assessment.verdict.rawValue)
        json.member("outcome", report.map { outcome($0.outcome) } ?? "not_run")
        json.member("detail", report.flatMap { detail($0.outcome) })
        json.member("programs", report?.found.programs)
        json.member("maps", report?.found.maps)
        json.member("links", report?.found.links)
        json.member("pins", report?.found.pins)
        json.member("errors", report?.errors)
        json.key("skipped")
        json.object { json in
            for reason in SkipReason.allCases {
                json.key(reason.name)
                json.value(report?.skipped[reason])
            }
        }
        json.key("duration_ms")
        if let report { json.value(report.duration.milliseconds) } else { json.null() }
    }

    private static func outcome(_ outcome: ScanReport.Outcome) -> String {
        switch outcome {
        case .finished: "finished"
        case .cut: "cut"
        case .refused: "refused"
        case .failed: "failed"
        }
    }

    private static func detail(_ outcome: ScanReport.Outcome) -> String? {
        switch outcome {
        case .finished, .cut: nil
        case .refused(let error): error.description
        case .failed(let why): why
        }
    }

    // MARK: Objects

    private static func write(_ program: BPFProgram, _ json: inout JSONWriter) {
        json.member("id", program.id)
        json.member("name", program.name?.description)
        json.member("name_origin", program.nameOrigin?.text)
        json.member("full_name", program.fullName)
        json.member("type", program.type?.description)
        json.member("tag", program.tag?.description)
        json.member("memlock", program.memlock)
        json.key("map_ids")
        if let mapIDs = program.mapIDs { json.array(mapIDs) { $0.value($1) } } else { json.null() }
        json.member("uid", program.loadedByUID)
        json.member("load_time_ns", program.loadTime)
        json.member("jited", program.jited)
        json.member("btf_id", program.btfID)
        json.member("run_time_ns", program.runTime)
        json.member("run_cnt", program.runCount)
        json.member("recursion_misses", program.recursionMisses)
        json.member("verified_insns", program.verifiedInstructions)
        write(program.sources, &json)
    }

    private static func write(_ map: BPFMap, _ json: inout JSONWriter) {
        json.member("id", map.id)
        json.member("name", map.name?.description)
        json.member("type", map.type?.description)
        json.member("key_size", map.keySize)
        json.member("value_size", map.valueSize)
        json.member("max_entries", map.maxEntries)
        json.member("map_flags", map.flags)
        json.member("map_extra", map.extra)
        json.member("memlock", map.memlock)
        json.member("frozen", map.frozen)
        json.member("btf_id", map.btfID)
        json.member("owner_prog_type", map.ownerProgramType?.description)
        json.member("owner_jited", map.ownerJited)
        write(map.sources, &json)
    }

    private static func write(_ link: BPFLink, _ json: inout JSONWriter) {
        json.member("id", link.id)
        json.member("type", link.type?.description)
        json.member("prog_id", link.programID)
        json.member("map_id", link.mapID)
        json.member("attach_type", link.attachType)
        var (cgroup, interface, namespace): (UInt64?, UInt32?, UInt32?)
        switch link.target {
        case .cgroup(let id): cgroup = id
        case .interface(let index): interface = index
        case .networkNamespace(let inode): namespace = inode
        case nil: break
        }
        json.member("cgroup_id", cgroup)
        json.member("ifindex", interface)
        json.member("netns_ino", namespace)
        write(link.sources, &json)
    }

    private static func write(_ pin: BPFPin, _ json: inout JSONWriter) {
        json.member("path", "path_hex", bytes: pin.path)
        switch pin.content {
        case .object(let key):
            json.member("kind", key.kind.name)
            json.member("id", key.id)
            json.member("opened", true)
        case .unopened(let kind):
            json.member("kind", kind?.name)
            json.member("id", nil as UInt32?)
            json.member("opened", false)
        }
    }

    private static func write(_ holder: HolderSummary, _ json: inout JSONWriter) {
        json.key("pid")
        json.value(holder.pid)
        json.key("thread")
        json.value(holder.thread)
        json.member("comm", "comm_hex", bytes: holder.comm?.bytes)
        json.member("container_id", holder.containerID)
        json.key("map_memory_bytes")
        write(holder.mapMemory, &json)
        for kind in ObjectKind.allCases {
            json.key("\(kind.name)_ids")
            json.array(holder.keys.lazy.filter { $0.kind == kind }) { $0.value($1.id) }
        }
    }

    private static func write(_ sources: SourceSet, _ json: inout JSONWriter) {
        json.key("sources")
        json.array(sources.kinds) { $0.value($1.name) }
    }
}
