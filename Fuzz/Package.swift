// swift-tools-version: 6.2
import PackageDescription

// Built by Fuzz/run with the flags that instrument every module; see there.
let package = Package(
    name: "Fuzz",
    dependencies: [.package(name: "swift-ebpf-metrics", path: "..", traits: [])],
    targets: [
        .executableTarget(
            name: "ParserFuzzer",
            dependencies: [.product(name: "KernelSources", package: "swift-ebpf-metrics")],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]
        )
    ],
    swiftLanguageModes: [.v6]
)
