internal import EBPFMetrics
internal import KernelObjects
internal import KernelSources
internal import Logging

extension Setting {
    /// Every setting there is: flags, variables, the keys of the file and all that is told about them come from here.
    public static let all: [Setting] = general + paths + collection + metrics + web + otlp

    private static let general: [Setting] = [
        .single(
            "profile", \.collector.profile, .oneOf("profile", CollectorConfiguration.Profile.allCases, \.rawValue),
            .filter, "What the other settings begin with: high-performance, production, detailed or all."),
        .list(
            "prefix", \.collector.programPrefixes, .namePrefix, nothing: "*", .filter,
            "Only programs whose kernel name begins with this, and what they use; '*' for all programs."),
        .list(
            "source", \.collector.chosenSources, .oneOf("source", SourceKind.allCases, \.name), nothing: "auto", .host,
            "Use these sources instead of choosing: libbpf, procfs, bpffs; 'auto' to choose."),
        .single(
            "deadline", \.collector.deadline, .duration(.milliseconds(1) ... .seconds(86_400)), .host,
            "The longest a collection may take; what is cut off by it is counted."),
        .single("holders", \.collector.collectsHolders, .boolean, .view, "Tell which processes hold the objects."),
        .single(
            "pins", \.collector.collectsPins, .boolean,
            .daemon, "Walk bpffs for pins even when another source sees all objects."),
        .single(
            "pidfd_getfd", \.collector.usesPidfdGetfd, .boolean, .host,
            "Copy other processes' fds to learn names and maps."),
        .single(
            "unsafe_link_fdinfo", \.collector.allowsUnsafeLinkFDInfo, .boolean, .host,
            "Read the fdinfo of links even on kernels (6.17 to 6.19.13) that may crash of it."),
        .single(
            "enable_run_stats", \.holdsRunStatistics, .boolean,
            .daemon, "Keep the kernel's run statistics of programs switched on while serving."),
        .single(
            "keep_capabilities", \.keepsCapabilities, .boolean,
            .daemon, "Keep the capabilities that are not needed, instead of dropping them at the start."),
        .single(
            "log_level", \.logLevel, .oneOf("log level", Logger.Level.allCases, \.rawValue), .host,
            "What goes to standard error: trace, debug, info, notice, warning, error or critical."),
    ]

    private static let paths: [Setting] = [
        .single("path.procfs", \.collector.paths.procfs, .path, .host, "The procfs to look at."),
        .single("path.sysfs", \.collector.paths.sysfs, .path, .host, "The sysfs to look at."),
        .single(
            "path.bpffs", \.collector.paths.bpffs, TextType.path.or("all"), .host,
            "The one bpffs to walk; 'all' for every mounted one."),
    ]

    private static let collection: [Setting] = [
        .single(
            "collection.interval", \.collector.collectionInterval, .duration(.seconds(1) ... .seconds(86_400)),
            .daemon, "How often to collect."),
        .single(
            "collection.max_age", \.maxAge, TextType.duration(.zero ... .seconds(86_400)).or("none"),
            .daemon, "Collect at a scrape when the data is older than this; 'none' to wait for the interval."),
        .single(
            "collection.full_interval", \.collector.fullInterval, .duration(.zero ... .seconds(86_400)),
            .daemon,
            "Read everything anew within this time; between, what cannot change is not asked for again, and processes "
                + "that seem unchanged are not looked through. 0s for every collection."),
        .single(
            "collection.max_memory", \.collector.maxMemoryBytes, .bytes(1 << 16...1 << 40), .view,
            "The most memory a collection may hold; beyond it, details are left out and totals stay exact."),
        .single(
            "collection.max_maps", \.collector.maxMapsToTrack, TextType.number(0...10_000_000).or("all"), .view,
            "The most maps to keep details of, the largest first; 'all' for no limit."),
        .single(
            "collection.max_programs", \.collector.maxProgramsToTrack, TextType.number(0...10_000_000).or("all"), .view,
            "The most programs to keep details of, the largest first; 'all' for no limit."),
        .single(
            "collection.fd_budget.per_process", \.collector.fdBudget.perProcess, .number(1...1_000_000_000), .host,
            "How many fds of one process to look at."),
        .single(
            "collection.fd_budget.total", \.collector.fdBudget.total, .number(1...1_000_000_000), .host,
            "How many fds to look at in one collection."),
        .single(
            "collection.full_names", \.collector.resolvesFullNames, .boolean,
            .daemon,
            "Look up the full names of functions that the kernel cuts short, for the inventory. From BTF or, "
                + "where that is closed, by a walk through kallsyms."),
    ]

    private static let metrics: [Setting] = [
        .single("metrics.prefix", \.collector.metricPrefix, .metricPrefix, .output, "What metrics' names begin with."),
        .single(
            "metrics.per_map", \.collector.enablesPerMapMetrics, .boolean, .view, "Give each map a series of its own."),
        .single(
            "metrics.per_program", \.collector.enablesPerProgramMetrics, .boolean, .view,
            "Give each program series of its own."),
    ]

    private static let web: [Setting] = [
        .list(
            "web.listen_address", \.web.listenAddresses, .listenAddress, nothing: nil,
            .daemon, "Where to listen: host:port, [address]:port, or :port for every address."),
        .single("web.telemetry_path", \.web.telemetryPath, .urlPath, .daemon, "The path of the metrics."),
        .single(
            "web.config.file", \.web.configFile, TextType.path.or("none"),
            .daemon, "A file with TLS and users, in the format of the Prometheus exporters; 'none' for neither."),
        .single(
            "web.systemd_socket", \.web.usesSystemdSocket, .boolean,
            .daemon, "Listen on the sockets that systemd hands over, instead of the addresses."),
        .single(
            "web.max_connections", \.web.maxConnections, .number(1...100_000), .daemon,
            "The most connections at a time."),
    ]

    private static let otlp: [Setting] = [
        .single(
            "otlp.endpoint", \.push.endpoint, .endpoint,
            .daemon,
            "Where to push metrics, by OTLP over HTTP; without a path, /v1/metrics is added; 'none' to push nowhere."),
        .mapping(
            "otlp.headers", \.push.headers, isSecret: true, check: Self.checkHeader,
            "Header fields to send along, such as an authorization. Flags can be read by every user of the host."),
        .single(
            "otlp.timeout", \.push.timeout, .duration(.milliseconds(1) ... .seconds(3600)),
            .daemon, "The longest one attempt may take."),
        .single(
            "otlp.compression", \.push.usesGzip, .oneOf("compression", [true, false]) { $0 ? "gzip" : "none" },
            .daemon, "How to compress: gzip or none."),
        .single(
            "otlp.certificate", \.push.certificateFile, TextType.path.or("none"),
            .daemon, "A PEM file of certificates to trust; 'none' for the system's."),
        .single(
            "otlp.client_certificate", \.push.clientCertificateFile, TextType.path.or("none"),
            .daemon, "A PEM file with the certificate to present."),
        .single(
            "otlp.client_key", \.push.clientKeyFile, TextType.path.or("none"), .daemon,
            "A PEM file with that certificate's key."
        ),
        .mapping(
            "otlp.resource_attributes", \.push.resourceAttributes, isSecret: false, check: Self.checkAttribute,
            "What describes this host, beside what is found out by itself."),
        .single(
            "otlp.interval", \.push.interval, TextType.duration(.seconds(1) ... .seconds(86_400)).or("none"),
            .daemon, "The shortest time between two pushes; 'none' to push after each collection."),
    ]

    private static func checkHeader(_ header: OTLPSettings.Header) throws(ValueProblem) {
        do throws(OTLPSettingsError) {
            try header.checkAsField(setBy: "otlp.headers")
        } catch {
            throw ValueProblem(.badValue, error.reason)
        }
    }

    private static func checkAttribute(_ attribute: OTLPSettings.Header) throws(ValueProblem) {
        guard !attribute.name.isEmpty else {
            throw ValueProblem(.empty, "has an entry without a name; write name=value")
        }
    }
}

extension CollectorConfiguration {
    /// The sources named; empty to choose.
    fileprivate var chosenSources: [SourceKind] {
        get { sources ?? [] }
        set { sources = newValue.isEmpty ? nil : newValue }
    }
}
