import Foundation
import TestSupport
import Testing

/// Everything against bpftool and against what the workload says it made.
@Suite(
    .serialized, .enabled(if: Rights.canRunBPF, Rights.bpfReason),
    .enabled(if: Rights.hasLibbpf, Rights.libbpfReason),
    .enabled(if: Rights.has("bpftool"), "needs bpftool to compare with"))
struct BpftoolComparisonTests {
    private static let mapFields = [
        ("type", "type"), ("name", "name"), ("key_size", "bytes_key"), ("value_size", "bytes_value"),
        ("max_entries", "max_entries"), ("map_flags", "flags"), ("memlock", "bytes_memlock"),
    ]

    private func bpftool(_ kind: String) throws -> [Int: JSON] {
        let result = try Program("bpftool", ["-j", kind, "show"]).run()
        return Dictionary(
            uniqueKeysWithValues: try result.json().elements.compactMap { object in
                object["id"].int.map { ($0, object) }
            })
    }

    private func byID(_ json: JSON) -> [Int: JSON] {
        Dictionary(uniqueKeysWithValues: json.elements.compactMap { object in object["id"].int.map { ($0, object) } })
    }

    @Test func everyObjectEqualsWhatBpftoolShows() throws {
        try PrivateBpffs.with { bpffs in
            let arguments = [
                "--maps", "600", "--programs", "240", "--processes", "4", "--pin-dir", bpffs.path + "/w", "--attach",
                "--thread",
                "--links",
            ]
            try Workload.with(arguments) { workload in
                let maps = workload.of("map")
                let programs = workload.of("program")
                #expect(maps.count >= 600 && programs.count >= 240)
                #expect(Set(maps.compactMap { $0["type"].string }).count >= 12)
                #expect(Set(maps.compactMap { $0["held_by"].string }) == ["fd", "pin", "attachment", "thread"])
                let seen = try Program.collector.with("collect", "--format", "json", "--holders", "--pins").run()
                #expect(seen.status == 0 && seen.errors.isEmpty, "\(seen.errors)")
                let json = try seen.json()
                let (toolMaps, toolPrograms, toolLinks) = (try bpftool("map"), try bpftool("prog"), try bpftool("link"))

                let ourMaps = byID(json["maps"])
                var differences: [String] = []
                for map in maps {
                    guard let id = map["id"].int, let ours = ourMaps[id], let theirs = toolMaps[id] else {
                        differences.append("map \(map["id"]) is missing")
                        continue
                    }
                    for (our, their) in Self.mapFields where !Self.equal(ours[our], theirs[their], map[our]) {
                        differences.append("map \(id) \(our): \(ours[our]), bpftool \(theirs[their]), made \(map[our])")
                    }
                    // bpftool prints frozen as a number.
                    if ours["frozen"].bool != (theirs["frozen"].int == 1) { differences.append("map \(id) frozen") }
                }
                let ourPrograms = byID(json["programs"])
                for program in programs {
                    guard let id = program["id"].int, let ours = ourPrograms[id], let theirs = toolPrograms[id] else {
                        differences.append("program \(program["id"]) is missing")
                        continue
                    }
                    for (our, their) in [
                        ("type", "type"), ("name", "name"), ("tag", "tag"), ("memlock", "bytes_memlock"),
                        ("uid", "uid"),
                    ]
                    where !Self.equal(ours[our], theirs[their], our == "uid" ? .number(0) : program[our]) {
                        differences.append(
                            "program \(id) \(our): \(ours[our]), bpftool \(theirs[their]), made \(program[our])")
                    }
                    let edges = Set(ours["map_ids"].elements)
                    if edges != Set(theirs["map_ids"].elements) || edges != Set(program["map_ids"].elements) {
                        differences.append("program \(id) map_ids: \(ours["map_ids"])")
                    }
                    if ours["btf_id"].int != theirs["btf_id"].int { differences.append("program \(id) btf_id") }
                }
                let ourLinks = byID(json["links"])
                for link in workload.of("link") {
                    guard let id = link["id"].int, let ours = ourLinks[id], let theirs = toolLinks[id] else {
                        differences.append("link \(link["id"]) is missing")
                        continue
                    }
                    if ours["prog_id"] != theirs["prog_id"] || ours["prog_id"] != link["program_id"] {
                        differences.append("link \(id) prog_id")
                    }
                    if ours["type"] != link["type"] {
                        differences.append("link \(id) type: \(ours["type"]), made \(link["type"])")
                    }
                }
                #expect(differences.isEmpty, "\(differences.prefix(10).joined(separator: "\n"))")

                // None invented: what bpftool does not show has to be gone by now, as others' objects may be.
                let again = try Program.collector.with("collect", "--format", "json").run().json()
                let (extraMaps, extraPrograms) = (
                    Set(ourMaps.keys).subtracting(toolMaps.keys), Set(ourPrograms.keys).subtracting(toolPrograms.keys)
                )
                #expect(extraMaps.isDisjoint(with: byID(again["maps"]).keys))
                #expect(extraPrograms.isDisjoint(with: byID(again["programs"]).keys))

                // Totals are the sums, and complete.
                func sum(_ objects: [Int: JSON]) -> Int { objects.values.reduce(0) { $0 + ($1["memlock"].int ?? 0) } }
                for (total, value) in [
                    ("maps", ourMaps.count), ("programs", ourPrograms.count), ("links", ourLinks.count),
                    ("map_memory_bytes", sum(ourMaps)), ("program_memory_bytes", sum(ourPrograms)),
                ] {
                    #expect(json["totals"][total]["value"].int == value, "\(total)")
                    #expect(json["totals"][total]["exact"].bool == true, "\(total)")
                }
                for fact in ["programs", "maps", "links", "memory"] {
                    #expect(json["complete"][fact].bool == true, "\(fact)")
                }

                // Pins may hide in mount namespaces that even root may not look at; then that is said.
                if json["complete"]["pins"].bool != true {
                    let reasons = json["limitations"].elements.filter { $0["source"].string == "bpffs" }
                    #expect(!reasons.isEmpty)
                }
                try self.checkPins(workload, json)
                self.checkHolders(workload, json)
            }
        }
    }

    private func checkPins(_ workload: Workload, _ json: JSON) throws {
        let pins = Dictionary(uniqueKeysWithValues: json["pins"].elements.map { ($0["path"].string ?? "", $0) })
        let pinned = workload.objects.filter { $0["held_by"].string == "pin" }
        #expect(pinned.count > 60)
        for object in pinned {
            let pin = pins[object["pin"].string ?? "?"]
            #expect(pin?["id"] == object["id"] && pin?["kind"] == object["kind"], "\(object)")
        }
    }

    private func checkHolders(_ workload: Workload, _ json: JSON) {
        // Who holds what, by the manifest and by us.
        var held: [String: Set<Int>] = [:]
        for holder in json["holders"].elements {
            let who = "\(holder["pid"].int ?? 0)/\(holder["thread"].int ?? 0)"
            held["map \(who)", default: []].formUnion(holder["map_ids"].elements.compactMap(\.int))
            held["program \(who)", default: []].formUnion(holder["program_ids"].elements.compactMap(\.int))
        }
        for object in workload.objects {
            guard let kind = object["kind"].string, kind != "link", let id = object["id"].int,
                let pid = object["pid"].int,
                ["fd", "thread"].contains(object["held_by"].string)
            else { continue }
            let who = "\(pid)/\(object["held_by"].string == "thread" ? object["tid"].int ?? -1 : 0)"
            #expect(held["\(kind) \(who)"]?.contains(id) == true, "\(kind) \(id) held by \(who)")
        }
    }

    private static func equal(_ ours: JSON, _ theirs: JSON, _ made: JSON) -> Bool {
        // bpftool leaves out an empty name, and prints a number for a type it does not know.
        let sameAsTool =
            ours == theirs || (ours.string == "" && theirs.isNull) || theirs.int != nil && ours.string != nil
        return sameAsTool && (made.isNull || ours == made)
    }
}
