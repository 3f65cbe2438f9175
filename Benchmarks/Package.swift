// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Benchmarks",
    dependencies: [
        .package(name: "swift-ebpf-metrics", path: ".."),
        // Without its allocation counts, which take a library of their own.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        // The floor: the same system calls in C, and nothing else.
        .target(name: "CFloor", cSettings: [.unsafeFlags(["-O2"])]),
        // What is looked at: processes that hold objects.
        .target(name: "CScene"),
        .target(
            name: "Measuring",
            dependencies: ["CFloor", "CScene", .product(name: "KernelSources", package: "swift-ebpf-metrics")],
            swiftSettings: strict),
        .executableTarget(
            name: "SideBySide",
            dependencies: ["Measuring", .product(name: "KernelSources", package: "swift-ebpf-metrics")],
            swiftSettings: strict),
        .executableTarget(
            name: "Growth",
            dependencies: ["Measuring", .product(name: "KernelSources", package: "swift-ebpf-metrics")],
            swiftSettings: strict),
        // Parts, with thresholds that are kept: `swift package benchmark thresholds check`.
        .executableTarget(
            name: "Parts",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "EBPFMetrics", package: "swift-ebpf-metrics"),
                .product(name: "KernelSources", package: "swift-ebpf-metrics"),
            ],
            path: "Benchmarks/Parts", swiftSettings: strict,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ],
    swiftLanguageModes: [.v6]
)
