// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "swift-ebpf-metrics", path: "..")],
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
    ],
    swiftLanguageModes: [.v6]
)
