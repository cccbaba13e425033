/// The version that all programs of Sesame show.
public enum SesameVersion {
    /// By semantic versioning, such as `0.1.0`.
    public static let current = "0.1.0"
    /// When this version was made ready, as manual pages show it.
    package static let date = "November 27, 2026"
}
