import Foundation
import TestSupport
import Testing

/// That the comparison of the matrix and of the live rows notices what it is for.
struct PrivilegeComparisonTests {
    private static let made = """
        {"kind":"map","id":1,"name":"a","held_by":"fd","memlock":4096}
        {"kind":"map","id":2,"name":"b","held_by":"pin","pin_mode":420,"memlock":8192}
        {"kind":"map","id":3,"name":"c","held_by":"pin","pin_mode":384,"memlock":8192}
        {"kind":"program","id":1,"name":"p","tag":"01","map_ids":[1],"held_by":"thread","memlock":4096}
        {"kind":"unsupported","object":"map","what":"arena","errno":"EINVAL"}
        {"kind":"ready"}
        """
    private static let here = KernelFacts(release: "6.12.1-x", unprivilegedBPFDisabled: 2, showsKprobeMulti: true)

    /// What a row with CAP_SYS_PTRACE should see of it on 6.12.
    private static let seen = """
        {"maps": [{"id": 1, "name": "a", "memlock": 4096}, {"id": 2, "name": "b", "memlock": 8192}],
         "programs": [{"id": 1, "name": "p", "map_ids": [1], "memlock": 4096}], "links": [],
         "complete": {"programs": false, "maps": false, "links": false, "memory": false},
         "totals": {"maps": {"value": 2, "exact": false}, "programs": {"value": 1, "exact": false},
                    "links": {"value": null, "exact": false}, "map_memory_bytes": {"value": 12288, "exact": false}}}
        """

    private func differences(
        row: String = "CAP_SYS_PTRACE", on kernel: KernelFacts = here, replacing old: String = "", by new: String = ""
    ) throws -> [String] {
        let row = try #require(PrivilegeRow.all.first { $0.name == row })
        let text = old.isEmpty ? Self.seen : Self.seen.replacing(old, with: new)
        return PrivilegeComparison(
            row, on: kernel, made: try Manifest.objects(Self.made), seen: try JSON(Data(text.utf8)), alone: true
        ).differences
    }

    @Test func whatIsAsExpectedIsNoDifference() throws {
        #expect(try differences() == [])
    }

    @Test(arguments: [
        (#"{"id": 1, "name": "a", "memlock": 4096}, "#, "", ["map 1 held by fd is missing"]),
        (#""id": 2, "#, #""id": 3, "#, ["map 2 held by pin is missing", "map 3 held by pin is seen"]),
        (#""links": []"#, #""links": [{"id": 9}]"#, ["link 9 is seen, and nobody made it"]),
        (#""value": 12288"#, #""value": 0"#, ["the total of map_memory_bytes is 0"]),
        (#""value": 2, "exact": false"#, #""value": 2, "exact": true"#, ["the total of maps is exact or not"]),
        (#""memory": false"#, #""memory": true"#, ["complete memory is not false"]),
        (#""name": "p""#, #""name": null"#, ["names: 2 / 3"]),
        (#""map_ids": [1]"#, #""map_ids": null"#, ["edges: 0 / 1"]),
        (#""map_ids": [1]"#, #""map_ids": [2]"#, ["program 1: maps of another"]),
        (#""memlock": 8192"#, #""memlock": null"#, ["memlock: 2 / 3"]),
    ])
    func aDifferenceIsTold(_ old: String, _ new: String, _ expected: [String]) throws {
        let told = try differences(replacing: old, by: new)
        for difference in expected { #expect(told.contains(difference), "\(told)") }
    }

    @Test func expectationsFollowTheKernel() throws {
        // A thread has no handle before 6.9: the maps of its program cannot be known; its name can, by its tag.
        let old = KernelFacts(release: "6.1.0", unprivilegedBPFDisabled: 2, showsKprobeMulti: false)
        #expect(try differences(on: old) == ["edges: 1 / 0"])
        #expect(try differences(on: old, replacing: #""map_ids": [1]"#, by: #""map_ids": null"#) == [])
        // 5.10: neither texts nor bpf(2).
        let oldest = KernelFacts(release: "5.10.262", unprivilegedBPFDisabled: 2, showsKprobeMulti: false)
        #expect(try differences(on: oldest).contains("map 1 held by fd is seen"))
        #expect(try differences(on: oldest).contains("map 2 held by pin is seen"))
        #expect(oldest.closesBPF)
        // The bug: 6.17 to 6.19.13, where the function is.
        for (release, crashes) in [("6.16.12", false), ("6.17.0", true), ("6.19.13", true), ("6.19.14", false)] {
            let kernel = KernelFacts(release: release, showsKprobeMulti: true)
            #expect(kernel.crashesOnLinkTexts == crashes, "\(release)")
            #expect(try differences(on: kernel).contains("map 1 held by fd is seen") == crashes, "\(release)")
        }
        #expect(!KernelFacts(release: "6.18.44", showsKprobeMulti: false).crashesOnLinkTexts)
    }
}
