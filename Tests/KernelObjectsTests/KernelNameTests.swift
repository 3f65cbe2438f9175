import KernelObjects
import Testing

@Suite struct KernelNameTests {
    @Test(arguments: ["", "a", "my_hash", "exactly8", "nine_long", "fifteen_long_15"])
    func keepsUpTo15Bytes(_ text: String) {
        let name = KernelName(text)
        #expect(name.description == text)
        #expect(name.count == text.utf8.count)
        #expect(name.isEmpty == text.isEmpty)
    }

    @Test func cutsAfter15BytesAndAtNUL() {
        #expect(KernelName("trace_sys_enter_openat").description == "trace_sys_enter")
        #expect(KernelName([0x61, 0x62, 0, 0x63]).description == "ab")
    }

    @Test func prefixes() {
        let name = KernelName("odigos_p0")
        #expect(name.hasPrefix("odigos_"))
        #expect(name.hasPrefix(""))
        #expect(!name.hasPrefix("odigos_p01"))
        #expect(!name.hasPrefix("uprobe_"))
        #expect(!KernelName("fifteen_long_15").hasPrefix("fifteen_long_15x"))
    }

    @Test func unknownEnumValuesKeepTheirNumber() {
        #expect(MapType(rawValue: 27).description == "ringbuf")
        #expect(MapType(rawValue: 99).description == "map_type_99")
        #expect(ProgramType(rawValue: 32).description == "netfilter")
        #expect(LinkType(rawValue: 14).description == "sockmap")
        #expect(LinkType(rawValue: 15).name == nil)
    }

    @Test func tagsPrintAs16Digits() {
        #expect(ProgramTag(value: 0x4f_c714_5192_4c87).description == "004fc71451924c87")
    }
}
