import TestSupport
import Testing

@testable import KernelSources

/// What the fuzzer found worth keeping, and what once broke a parser, without the fuzzer.
@Suite struct FuzzCorpusTests {
    @Test(arguments: ParserPromise.allCases)
    func theParsersKeepTheirPromises(_ parser: ParserPromise) throws {
        let inputs = try Fixtures.fuzzInputs(parser.rawValue)
        #expect(inputs.count > 1)
        for input in inputs {
            // Cut short, too: what the kernel hands out ends where the buffer does.
            for bytes in [
                input.bytes, Array(input.bytes.dropLast(1)), Array(input.bytes.prefix(input.bytes.count / 2)),
            ] {
                let broken = parser.broken(by: bytes.span)
                #expect(broken == nil, "\(input.name)")
            }
        }
    }
}
