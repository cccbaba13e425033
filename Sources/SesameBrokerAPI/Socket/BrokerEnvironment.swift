/// Which of our variables a broker of our own gets.
///
/// Everything else, secrets of other programs and `LD_PRELOAD` among it, stays out.
public enum BrokerEnvironment {
    private static let names: Set<String> = [
        "HOME", "PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR",
        // Of a service: where the key may be, and where the age of the store is remembered.
        "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY",
        // For the program that prints the key.
        "USER", "LOGNAME", "GNUPGHOME", "PASSWORD_STORE_DIR",
    ]
    private static let prefixes = ["XDG_", "SESAME_"]

    /// The variables to pass on.
    public static func passed(from environment: [String: String]) -> [String: String] {
        environment.filter { variable in
            names.contains(variable.key) || prefixes.contains { variable.key.hasPrefix($0) }
        }
    }
}
