import FuzzDriver

extension ParserPromise: FuzzTarget {}

private let target = ParserPromise.chosen()

/// The program. SwiftPM gives an executable's `main` this name.
@_cdecl("ParserFuzzer_main")
public func runFuzzer(_ count: CInt, _ arguments: Arguments?) -> CInt {
    fuzz(count, arguments) { start, count in
        target.run(start, count)
        return 0
    }
}
