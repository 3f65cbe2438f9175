// swift-tools-version: 6.2
import PackageDescription

// Built by Fuzz/run with the flags that instrument every module; see there. The linker gets the same ones from here.
let sanitizers = Context.environment["FUZZ_SANITIZERS"] ?? "fuzzer,address"
let instrumented: [LinkerSetting] = [
    .unsafeFlags(["-sanitize=\(sanitizers)", "-profile-generate", "-use-ld=lld"])
]

// Two programs: libFuzzer looks at the counters of the whole program after each execution, and HTTP has many.
let package = Package(
    name: "Fuzz",
    dependencies: [.package(name: "swift-ebpf-metrics", path: "..", traits: [])],
    targets: [
        .target(name: "FuzzDriver"),
        .executableTarget(
            name: "ParserFuzzer",
            dependencies: ["FuzzDriver", .product(name: "KernelSources", package: "swift-ebpf-metrics")],
            linkerSettings: instrumented
        ),
        .executableTarget(
            name: "ConfigurationFuzzer",
            dependencies: ["FuzzDriver", .product(name: "_Configuration", package: "swift-ebpf-metrics")],
            linkerSettings: instrumented
        ),
    ],
    swiftLanguageModes: [.v6]
)
