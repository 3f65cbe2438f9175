import TestSupport
import Testing

@testable import MetricsServer

/// What the fuzzer found worth keeping, what once broke the reader, and the samples.
@Suite struct WebConfigCorpusTests {
    @Test func theReaderKeepsItsPromise() throws {
        let inputs = try Fixtures.fuzzInputs("web-config") + Fixtures.files("web-config")
        #expect(inputs.count > 10)
        for input in inputs {
            #expect(WebConfigPromise.broken(by: input.bytes) == nil, "\(input.name)")
        }
    }

    @Test func onlyTheRefusedSamplesAreRefused() throws {
        for sample in try Fixtures.files("web-config") {
            let config = try? WebConfig.parse(sample.bytes, file: sample.name)
            #expect((config == nil) == sample.name.hasPrefix("refused-"), "\(sample.name)")
        }
    }
}
