// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "swift-ebpf-metrics",
    products: [
        .library(name: "EBPFMetrics", targets: ["EBPFMetrics", "Exposition"]),
        // The sources alone, for whoever wants the objects and not the metrics.
        .library(name: "KernelSources", targets: ["KernelSources", "ObjectInventory", "KernelObjects"]),
        .executable(name: "ebpf-metrics", targets: ["ebpf-metrics"]),
    ],
    traits: [
        .trait(name: "Libbpf", description: "Enumerate object IDs with libbpf (needs libbpf-dev)."),
        .default(enabledTraits: ["Libbpf"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        // The way of the data, bottom up: one direction, one target a step.
        .target(name: "CLinux"),
        .systemLibrary(name: "CLibcap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CLibbpf", pkgConfig: "libbpf", providers: [.apt(["libbpf-dev"])]),
        .target(name: "LinuxSystem", dependencies: ["CLinux", "CLibcap"], swiftSettings: strict),
        .target(name: "KernelObjects", swiftSettings: strict),
        .target(name: "ObjectInventory", dependencies: ["KernelObjects"], swiftSettings: strict),
        .target(
            name: "KernelSources",
            dependencies: [
                "KernelObjects", "ObjectInventory", "LinuxSystem", "CLinux",
                .target(name: "CLibbpf", condition: .when(traits: ["Libbpf"])),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "EBPFMetrics",
            dependencies: [
                "KernelObjects", "ObjectInventory", "KernelSources", "LinuxSystem",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Exposition",
            dependencies: ["EBPFMetrics", "KernelObjects", "ObjectInventory", "KernelSources"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ebpf-metrics",
            dependencies: [
                "EBPFMetrics", "Exposition", "KernelObjects", "KernelSources", "LinuxSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        // Creates real BPF objects for the tests and benchmarks; not shipped.
        .executableTarget(name: "bpf-workload", path: "Tests/Workload"),
        .target(
            name: "TestSupport", dependencies: ["ebpf-metrics", "bpf-workload"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(name: "KernelObjectsTests", dependencies: ["KernelObjects", "LinuxSystem"], swiftSettings: strict),
        .testTarget(
            name: "ObjectInventoryTests", dependencies: ["ObjectInventory", "KernelObjects"], swiftSettings: strict),
        .testTarget(
            name: "KernelSourcesTests",
            dependencies: ["KernelSources", "KernelObjects", "ObjectInventory", "LinuxSystem", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ExpositionTests",
            dependencies: [
                "Exposition", "EBPFMetrics", "KernelSources", "KernelObjects", "ObjectInventory", "TestSupport",
            ],
            swiftSettings: strict),
        // The real program on the real kernel; what needs rights is skipped by name and reason without them.
        .testTarget(
            name: "LiveTests",
            dependencies: [
                "EBPFMetrics", "KernelSources", "KernelObjects", "ObjectInventory", "LinuxSystem",
                "TestSupport",
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
