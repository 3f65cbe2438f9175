import FuzzDriver

/// What a user writes.
private enum ConfigurationTarget: String, FuzzTarget {
    case yaml
    case webConfig = "web-config"
    case settings

    func broken(by bytes: Span<UInt8>) -> String? {
        let bytes = bytes.withUnsafeBufferPointer { Array($0) }
        return switch self {
        case .yaml: YAMLPromise.broken(by: bytes)
        case .webConfig: WebConfigPromise.broken(by: bytes)
        case .settings: SettingsPromise.broken(by: bytes)
        }
    }
}

private let target = ConfigurationTarget.chosen()

/// The program. SwiftPM gives an executable's `main` this name.
@_cdecl("ConfigurationFuzzer_main")
public func runFuzzer(_ count: CInt, _ arguments: Arguments?) -> CInt {
    fuzz(count, arguments) { start, count in
        target.run(start, count)
        return 0
    }
}
