public import EBPFMetrics

extension Settings {
    /// The environment variable that names the file.
    public static let fileVariable = Setting.variablePrefix + "CONFIG"

    /// Settings with their history.
    public struct Loaded: Sendable, Equatable {
        /// The values.
        public var settings: Settings
        /// Where each comes from, by its key.
        public let origins: [String: Origin]
        /// What is no mistake, but may not be meant. A sentence each.
        public let warnings: [String]
    }

    /// Puts the layers together: flags over our own environment variables, over those of OpenTelemetry, over the file,
    /// over the profile. A list or a mapping takes the place of the weaker layer's, whole. The strongest layer that
    /// names a profile decides which one; a value that any layer sets is stronger than the profile's.
    ///
    /// Looks at nothing but its parameters, so that it can be run again at a reload.
    ///
    /// - Parameters:
    ///   - flags: values by key, in the order they were given; `true` or `false` for a toggle.
    ///   - environment: all of it; what is neither ours nor OpenTelemetry's is passed over.
    ///   - file: the configuration file, if there is one.
    ///   - baseProfile: the profile where no layer names one.
    ///   - command: for whom. What does not concern it is checked and left out.
    /// - Throws: everything that is wrong, at once.
    public static func load(
        flags: [String: [String]] = [:], environment: [String: String] = [:],
        file: File? = nil,
        baseProfile: CollectorConfiguration.Profile = .production, for command: Command = .daemon
    ) throws(SettingsErrors) -> Loaded {
        let (environmentLayer, warnings) = Layer.environment(environment)
        let fileLayer = file.map(FileReader.read) ?? Layer()
        let flagLayer = Layer.flags(flags)
        func merged(on profile: CollectorConfiguration.Profile) throws(SettingsErrors) -> Merge {
            var merge = Merge(profile, command)
            merge.add(fileLayer) { $0.isConfigured(for: command) }
            if command == .daemon { merge.addOpenTelemetry(environment) }
            merge.add(environmentLayer) { $0.isConfigured(for: command) }
            merge.add(flagLayer) { $0.isFlag(of: command) }
            guard merge.errors.isEmpty else { throw SettingsErrors(merge.errors) }
            return merge
        }
        var merge = try merged(on: baseProfile)
        let profile = merge.settings.collector.profile
        if profile != baseProfile { merge = try merged(on: profile) }
        return try merge.finish(warnings)
    }
}
