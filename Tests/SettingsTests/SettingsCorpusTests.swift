import TestSupport
import Testing
import YAMLTree

@testable import Settings

/// What the fuzzer found worth keeping, what once broke a reader, and the samples.
@Suite struct SettingsCorpusTests {
    @Test func theReaderKeepsItsPromise() throws {
        let inputs = try Fixtures.fuzzInputs("settings") + Fixtures.files("settings")
        #expect(inputs.count > 4)
        for input in inputs {
            #expect(SettingsPromise.broken(by: input.bytes) == nil, "\(input.name)")
        }
    }

    @Test func theTreeKeepsItsPromise() throws {
        let inputs = try ["yaml", "settings", "web-config"].flatMap(Fixtures.fuzzInputs)
        #expect(inputs.count > 3)
        for input in inputs {
            #expect(YAMLPromise.broken(by: input.bytes) == nil, "\(input.name)")
        }
    }

    @Test func onlyTheRefusedSamplesAreRefused() throws {
        for sample in try Fixtures.files("settings") {
            let loaded = try? Settings.load(file: Settings.File(path: sample.name, bytes: sample.bytes))
            #expect((loaded == nil) == sample.name.hasPrefix("refused"), "\(sample.name)")
        }
    }

    /// Another program's file.
    @Test(.timeLimit(.minutes(1))) func aFileOfNothingButUnknownKeysIsReadInTime() {
        let text = (0..<50_000).map { "kollection.intervl\($0):\n" }.joined()
        let file = Settings.File(path: "other.yaml", bytes: Array(text.utf8))
        let errors = #expect(throws: SettingsErrors.self) { try Settings.load(file: file) }
        #expect(errors?.errors.count == 50_000)
        #expect(errors?.errors.first?.kind == .unknown(didYouMean: "collection.interval"))
        #expect(errors?.errors.last?.kind == .unknown(didYouMean: nil))
    }

    /// As long as a file may be: what libyaml looks ahead for, and what is nested, ends early.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "[", "{", "- ", "? ", "[[", "a: ", "\"", "&a ", "!!", "- a\n", "\t", "'", "|\n", "a\n", "*a\n", "#",
            "- \n ", "{a: ",
        ])
    func aLongTextEnds(_ piece: String) {
        let bytes = Array(String(repeating: piece, count: (1 << 20) / piece.utf8.count).utf8)
        let began = ContinuousClock.now
        #expect(YAMLPromise.broken(by: bytes) == nil)
        #expect(ContinuousClock.now - began < .seconds(20))
    }
}
