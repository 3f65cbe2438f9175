import KernelObjects
import TestSupport
import Testing

@testable import KernelSources

@Suite struct FDInfoTests {
    private func parse(_ bytes: [UInt8]) -> FDInfo {
        let whole = bytes.count < FDInfoReader.usualSize
        return FDInfo.parse(bytes.span.extracting(first: FDInfoReader.usualSize), isWhole: whole)
    }

    /// Every fd of four kernels, against what a parser of its own read out of the evidence.
    @Test(arguments: Fixtures.kernels) func readsWhatTheKernelPrinted(_ kernel: String) throws {
        let rows = try Fixtures.table("texts/\(kernel)/expected.tsv")
        #expect(rows.count >= 65)
        for row in rows {
            let (name, fd, kind, id, type, memlock) = (row[0], row[1], row[3], row[4], row[5], row[6])
            let place = "\(kernel) \(name)"
            switch parse(try Fixtures.bytes("texts/\(kernel)/proc/100/fdinfo/\(fd)")) {
            case .map(let map):
                #expect(kind == "map", "\(place)")
                #expect("\(map.id)" == id && "\(map.type?.rawValue ?? 0)" == type, "\(place)")
                #expect(map.memlock.map { "\($0)" } == memlock, "\(place)")
                #expect(map.keySize != nil && map.valueSize != nil && map.maxEntries != nil, "\(place)")
                #expect((map.extra == nil) == (kernel == "5.10"), "\(place)")
            case .program(let program):
                #expect(kind == "program", "\(place)")
                #expect("\(program.id)" == id && "\(program.type?.rawValue ?? 0)" == type, "\(place)")
                #expect(program.memlock.map { "\($0)" } == memlock, "\(place)")
                #expect((program.verifiedInstructions == nil) == (kernel == "5.10"), "\(place)")
            case .link(let link):
                #expect(kind == "link" && "\(link.id)" == id, "\(place)")
                #expect(link.type?.description == (type == "perf" ? "perf_event" : type), "\(place)")
            case .btf: #expect(kind == "btf", "\(place)")
            case .other: #expect(kind == "other", "\(place)")
            case .malformed(let defect): Issue.record("\(place): \(defect)")
            }
        }
    }

    @Test func survivesHostileTexts() throws {
        for row in try Fixtures.table("hostile/expected.tsv") where row[0].contains("/fdinfo/") {
            let (verdict, id): (String, String) =
                switch parse(try Fixtures.bytes("hostile/\(row[0])")) {
                case .map(let map): ("map", "\(map.id)")
                case .program(let program): ("program", "\(program.id)")
                case .link(let link): ("link", "\(link.id)")
                case .btf, .other: ("other", "-")
                case .malformed: ("malformed", "-")
                }
            #expect(verdict == row[1] && id == row[2], "\(row[0]): \(row[3])")
        }
    }

    @Test func readsEveryFieldOfAMap() throws {
        let text = """
            pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1038\nmap_type:\t3\nkey_size:\t4\nvalue_size:\t4
            max_entries:\t16\nmap_flags:\t0x80\nmap_extra:\t0x5\nmemlock:\t440\nmap_id:\t291\nfrozen:\t1
            owner_prog_type:\t3\nowner_jited:\t1\n
            """
        var expected = BPFMap(id: 291, source: .procfs)
        expected.type = .progArray
        expected.keySize = 4
        expected.valueSize = 4
        expected.maxEntries = 16
        expected.flags = 0x80
        expected.extra = 5
        expected.memlock = 440
        expected.frozen = true
        expected.ownerProgramType = ProgramType(rawValue: 3)
        expected.ownerJited = true
        #expect(parse(Array(text.utf8)) == .map(expected))
    }

    @Test func aForgedLineBehindALinkIsNotBelieved() {
        let text = "pos:\t0\nlink_type:\tstruct_ops\nlink_id:\t5\npath:\tx\nprog_tag:\t1\nprog_id:\t66\n"
        guard case .link(let link) = parse(Array(text.utf8)) else {
            Issue.record("not a link")
            return
        }
        #expect(link.id == 5)
        #expect(link.programID == nil)
    }

    /// Every cut of a valid text is a map with the right numbers, malformed, or nothing: never another number.
    @Test func noCutOfATextGivesAWrongNumber() throws {
        let text = try Fixtures.bytes("texts/6.12/proc/100/fdinfo/6")
        guard case .map(let whole) = parse(text) else {
            Issue.record("not a map")
            return
        }
        for length in 0..<text.count {
            if case .map(let map) = parse(Array(text[..<length])) {
                #expect(map.id == whole.id && map.memlock == whole.memlock, "cut at \(length)")
            }
        }
    }
}
