internal import EBPFMetrics

/// Settings while layers are laid over each other, the weakest first.
struct Merge {
    private(set) var settings: Settings
    private var origins: [String: Settings.Origin]
    /// What is wrong so far, that of the strongest layer first.
    private(set) var errors: [SettingsError] = []
    private var openTelemetryProblem: SettingsError?

    /// Begins with what a profile says.
    init(_ profile: CollectorConfiguration.Profile, _ command: Settings.Command) {
        settings = Settings(profile: profile, for: command)
        let origins = Setting.all.map { ($0.key, $0.isOfProfile ? Settings.Origin.profile(profile) : .default) }
        self.origins = Dictionary(uniqueKeysWithValues: origins)
    }

    /// Lays a layer over. What is not used is read all the same, for its mistakes.
    mutating func add(_ layer: Layer, isUsed: (Setting) -> Bool) {
        var found = layer.errors
        for given in layer.givens {
            var target = settings
            do throws(SettingsErrors) {
                try given.setting.set(given.words, &target)
            } catch {
                found += error.errors
                continue
            }
            guard isUsed(given.setting) else { continue }
            settings = target
            origins[given.setting.key] = given.origin
        }
        errors = found.sorted { $0.line < $1.line } + errors
    }

    /// Lays over what OpenTelemetry's variables say, which may also be not to push.
    mutating func addOpenTelemetry(_ environment: [String: String]) {
        let old = settings
        do throws(OTLPSettingsError) {
            settings.otlp = try OTLPSettings.read(environment: environment, over: old.push)
        } catch {
            // A platform may say what it likes of pushing, as long as nothing is pushed: the end decides.
            openTelemetryProblem = SettingsError(.badValue, .environment(error.name), error.reason)
            let names = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]
            if let endpoint = names.compactMap({ environment[$0] }).first(where: { !$0.isEmpty }) {
                settings.push.endpoint = endpoint
                origins["otlp.endpoint"] = .openTelemetry
            }
            return
        }
        for setting in Setting.all where setting.words(settings) != setting.words(old) {
            origins[setting.key] = .openTelemetry
        }
    }

    /// Looks whether all goes together.
    func finish(_ warnings: [String]) throws(SettingsErrors) -> Settings.Loaded {
        var (errors, warnings) = ([SettingsError](), warnings)
        func conflict(_ key: String, _ text: String) {
            errors.append(SettingsError(.conflict, origins[key] ?? .default, key: key, text))
        }
        let push = settings.push
        if let openTelemetryProblem, !push.endpoint.isEmpty { errors.append(openTelemetryProblem) }
        switch (push.clientCertificateFile, push.clientKeyFile) {
        case (_?, nil): conflict("otlp.client_certificate", "needs its key; set otlp.client_key, too")
        case (nil, _?): conflict("otlp.client_key", "needs its certificate; set otlp.client_certificate, too")
        default: break
        }
        guard errors.isEmpty else { throw SettingsErrors(errors) }

        var settings = settings
        if push.endpoint.isEmpty {
            settings.otlp = nil
            warnings += idle(Setting.all.filter { $0.key.hasPrefix("otlp.") && $0.key != "otlp.endpoint" }) {
                "\($0) has no effect: without otlp.endpoint nothing is pushed"
            }
        }
        if let endpoint = try? OTLPSettings.Endpoint(push.endpoint, setBy: "otlp.endpoint"), endpoint.port == 4317 {
            let origin = origins["otlp.endpoint"] ?? .default
            warnings.append(
                "otlp.endpoint (\(origin)) has port 4317, where most collectors speak gRPC; OTLP over HTTP is on 4318")
        }
        if settings.web.usesSystemdSocket {
            warnings += idle(Setting.all.filter { $0.key == "web.listen_address" }) {
                "\($0) has no effect: with web.systemd_socket, systemd says where to listen"
            }
        }
        return Settings.Loaded(settings: settings, origins: origins, warnings: warnings)
    }

    /// Warnings of those among `settings` that somebody set.
    private func idle(_ settings: [Setting], _ text: (String) -> String) -> [String] {
        settings.compactMap { setting in
            switch origins[setting.key] {
            // What a platform says of every program, it may say in vain.
            case nil, .profile, .default, .openTelemetry: nil
            case let origin?: text("\(setting.key) (\(origin))")
            }
        }
    }
}

extension SettingsError {
    /// The line of the file; 0 elsewhere.
    fileprivate var line: Int {
        if case .file(_, let line) = origin { line } else { 0 }
    }
}

extension Setting {
    /// Whether profiles differ in it, and so decide it.
    public var isOfProfile: Bool {
        let values = CollectorConfiguration.Profile.allCases.map { words(Settings(profile: $0)) }
        return key != "profile" && values.contains { $0 != values[0] }
    }
}
