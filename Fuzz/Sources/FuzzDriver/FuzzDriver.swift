import Glibc

/// What is fuzzed: a parser with a promise that holds for any input.
public protocol FuzzTarget: RawRepresentable<String>, CaseIterable {
    /// What is broken of the promise; nil when it is kept.
    func broken(by bytes: Span<UInt8>) -> String?
}

extension FuzzTarget {
    /// The one that `FUZZ_TARGET` names; without one the program ends.
    public static func chosen() -> Self {
        let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = Self(rawValue: name) else {
            print("FUZZ_TARGET is '\(name)'; give one of \(allCases.map(\.rawValue).joined(separator: ", "))")
            exit(64)
        }
        return target
    }

    /// Runs the parser on bytes of libFuzzer's; a broken promise ends the program, as a crash does.
    public func run(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        // SAFETY: libFuzzer lends `count` bytes for the time of the call.
        let bytes = Span(_unsafeElements: UnsafeBufferPointer(start: start, count: count))
        if let broken = broken(by: bytes) { fatalError(broken) }
    }
}

/// The pointer that `main` gets.
public typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// Hands over to libFuzzer's driver.
public func fuzz(
    _ count: CInt, _ arguments: Arguments?, _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt {
    var count = count
    var arguments = arguments
    return libFuzzerDriver(&count, &arguments, callback)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func libFuzzerDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<Arguments?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
