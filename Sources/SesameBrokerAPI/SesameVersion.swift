/// The version that all programs of Sesame show.
public enum SesameVersion {
    /// By semantic versioning, such as `0.1.0`.
    public static let current = "0.1.0"
}
