/// What this build is.
public enum BuildInfo {
    /// The version, as in `CHANGELOG.md`.
    public static let version = "0.1.0"
}
