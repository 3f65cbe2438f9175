import Testing
import YAMLTree

@Suite struct YAMLTreeTests {
    private func parse(_ text: String) throws -> YAMLNode? {
        try YAMLNode.parse(Array(text.utf8))
    }

    @Test func everyNodeKnowsItsPlace() throws {
        let root = try #require(try parse("# a comment\nweb:\n  listen: [\"a\", b]\nempty:\n"))
        guard case .mapping(let entries) = root.content else {
            Issue.record("\(root)")
            return
        }
        #expect(entries.map(\.key) == ["web", "empty"])
        #expect(entries.map(\.line) == [2, 4])
        #expect(entries[1].value.isNull)
        guard case .mapping(let web) = entries[0].value.content else {
            Issue.record("\(entries[0])")
            return
        }
        #expect(
            web[0].value.content
                == .sequence([
                    YAMLNode(content: .scalar("a", isQuoted: true), line: 3, column: 12),
                    YAMLNode(content: .scalar("b", isQuoted: false), line: 3, column: 17),
                ]))
    }

    @Test(arguments: ["", "\n\n", "# nothing\n", "---\n", "~"])
    func anEmptyDocumentIsNone(_ text: String) throws {
        #expect(try parse(text) == nil)
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", 2, "'a' is there twice; it stands in line 1 already"),
        ("a: &x 1\nb: *x\n", 2, "an alias (*name) stands here; aliases are not read"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins; one is read"),
        ("[1, 2]: 3\n", 1, "a key has to be a single word"),
        (
            "a:\n  " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40), 2,
            "this is nested too deep, or too long, for a configuration"
        ),
    ])
    func whatIsWrongIsSaidWithItsLine(_ text: String, _ line: Int, _ message: String) {
        #expect(throws: YAMLError(line: line, message: message)) { try parse(text) }
    }

    @Test(arguments: ["a: [1, 2", "a: b: c", "\"unended", "a: \u{1}", "\t- x"])
    func whatIsNoYAMLIsAnError(_ text: String) {
        #expect(throws: YAMLError.self) { try parse(text) }
    }

    @Test(
        arguments: [
            ([0x61, 0x3A, 0x20, 0xFF, 0xFE], 1), (Array("a: 1\r\nb: 2\rc: ".utf8) + [0xFF], 3),
            (Array("a: 1\n\nb: \u{0}\n".utf8), 3),
        ] as [([UInt8], Int)])
    func whatIsNoTextIsAnErrorOfItsLine(_ bytes: [UInt8], _ line: Int) {
        let error = #expect(throws: YAMLError.self) { try YAMLNode.parse(bytes) }
        #expect(error?.line == line)
    }
}
