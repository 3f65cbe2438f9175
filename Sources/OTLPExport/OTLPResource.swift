#if OTLP
    internal import EBPFMetrics
    internal import Glibc
    internal import Settings

    /// What describes this host and process to OpenTelemetry.
    enum OTLPResource {
        /// What was set, and what is found out by itself.
        ///
        /// `service.instance.id` is the node's name, else the host's, and not made up at each start: one instance runs on a
        /// host, and its series go on when it restarts.
        static func attributes(_ set: [OTLPSettings.Header]) -> [(name: String, value: String)] {
            var all = set.map { (name: $0.name, value: $0.value) }
            func value(_ name: String) -> String? { all.first { $0.name == name }?.value }
            func add(_ name: String, _ found: String?) {
                guard value(name) == nil, let found, !found.isEmpty else { return }
                all.append((name, found))
            }
            add("service.name", "ebpf-metrics")
            add("service.version", BuildInfo.version)
            add("host.name", hostName)
            add("host.arch", architecture)
            add("os.type", "linux")
            add("service.instance.id", value("k8s.node.name") ?? value("host.name"))
            return all
        }

        private static var hostName: String? {
            // One more than Linux allows: the last stays NUL.
            var name = [CChar](repeating: 0, count: 65)
            guard gethostname(&name, 64) == 0 else { return nil }
            return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }

        /// As the semantic conventions spell it.
        private static var architecture: String? {
            #if arch(x86_64)
                "amd64"
            #elseif arch(arm64)
                "arm64"
            #elseif arch(arm)
                "arm32"
            #elseif arch(powerpc64le)
                "ppc64"
            #elseif arch(s390x)
                "s390x"
            #else
                nil
            #endif
        }
    }
#endif
