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
        // No API: for Fuzz/, which is a package of its own.
        .library(name: "_Configuration", targets: ["YAMLTree", "MetricsServer", "Settings"]),
    ],
    traits: [
        .trait(name: "Libbpf", description: "Enumerate object IDs with libbpf (needs libbpf-dev)."),
        .trait(name: "TLS", description: "HTTPS for /metrics and for OTLP, by BoringSSL."),
        .trait(name: "OTLP", description: "Protobuf: push to OpenTelemetry, and Prometheus native histograms."),
        .default(enabledTraits: ["Libbpf", "TLS", "OTLP"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The way of the data, bottom up: one direction, one target a step.
        .target(name: "CLinux"),
        .systemLibrary(name: "CLibcap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CLibbpf", pkgConfig: "libbpf", providers: [.apt(["libbpf-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
        .target(name: "YAMLTree", dependencies: ["CYAML"], swiftSettings: strict),
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
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Exposition",
            dependencies: ["EBPFMetrics", "KernelObjects", "ObjectInventory", "KernelSources"],
            swiftSettings: strict
        ),
        // A host's answers, written down and played back.
        .target(
            name: "Recordings",
            dependencies: [
                "Exposition", "KernelSources", "KernelObjects", "ObjectInventory", "LinuxSystem", "YAMLTree",
            ],
            swiftSettings: strict
        ),
        // What the user set: flags, environment, file, profile.
        .target(
            name: "Settings",
            dependencies: [
                "YAMLTree", "EBPFMetrics", "KernelSources", "KernelObjects", "LinuxSystem",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Gzip", dependencies: ["CZlib", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),
        // HTTP: knows nothing of metrics, only of sites.
        .target(
            name: "MetricsServer",
            dependencies: [
                "YAMLTree", "KernelObjects", "LinuxSystem", "Gzip", "CCrypt",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "ProtobufExposition",
            dependencies: [
                "EBPFMetrics", "KernelObjects",
                .product(name: "SwiftProtobuf", package: "swift-protobuf", condition: .when(traits: ["OTLP"])),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "OTLPExport",
            dependencies: [
                "EBPFMetrics", "Settings", "ProtobufExposition", "KernelObjects", "LinuxSystem", "Gzip",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "MetricsDaemon",
            dependencies: [
                "EBPFMetrics", "Exposition", "ProtobufExposition", "OTLPExport", "MetricsServer", "Settings",
                "KernelSources", "KernelObjects", "ObjectInventory", "LinuxSystem",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ebpf-metrics",
            dependencies: [
                "EBPFMetrics", "Exposition", "KernelObjects", "KernelSources", "LinuxSystem", "Recordings", "Settings",
                "MetricsDaemon", "MetricsServer",
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
            name: "RecordingsTests",
            dependencies: [
                "Recordings", "EBPFMetrics", "Exposition", "KernelSources", "KernelObjects", "ObjectInventory",
                "LinuxSystem", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ExpositionTests",
            dependencies: [
                "Exposition", "EBPFMetrics", "KernelSources", "KernelObjects", "ObjectInventory", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EBPFMetricsTests",
            dependencies: [
                "EBPFMetrics", "KernelSources", "KernelObjects", "ObjectInventory", "LinuxSystem", "TestSupport",
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SettingsTests", dependencies: ["Settings", "YAMLTree", "EBPFMetrics", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "MetricsServerTests",
            dependencies: [
                "MetricsServer", "YAMLTree", "TestSupport", "LinuxSystem",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MetricsDaemonTests",
            dependencies: [
                "MetricsDaemon", "MetricsServer", "Settings", "EBPFMetrics", "KernelSources", "KernelObjects",
                "LinuxSystem", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "OTLPTests",
            dependencies: [
                "OTLPExport", "ProtobufExposition", "Settings", "EBPFMetrics", "KernelSources", "KernelObjects",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
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
        // The real program on other kernels, in virtual machines; only when `make test-kernels` asks for it.
        .testTarget(name: "KernelTests", dependencies: ["TestSupport"], swiftSettings: strict),
        // The real daemon before a real Prometheus; skipped by name and reason without them.
        .testTarget(name: "BackendTests", dependencies: ["LinuxSystem", "TestSupport"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
