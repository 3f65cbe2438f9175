// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "swift-ebpf-metrics", path: "..")],
    targets: [
        // The floor: the same system calls in C, and nothing else.
        .target(name: "CFloor", cSettings: [.unsafeFlags(["-O2"])]),
        // What is looked at: processes that hold objects.
        .target(name: "CScene"),
        .executableTarget(
            name: "SideBySide",
            dependencies: ["CFloor", "CScene", .product(name: "KernelSources", package: "swift-ebpf-metrics")]
        ),
    ],
    swiftLanguageModes: [.v6]
)
