/// The names under which other tools call this program, and what they stand for.
package enum HelperNames {
    private static let commands: [String: [String]] = [
        "git-credential-sesame": ["credential", "git"],
        "docker-credential-sesame": ["credential", "docker"],
    ]

    /// What was typed, by this program's usual name.
    /// - Parameter name: the name that it was called by, with or without its folder.
    package static func expand(_ name: String, _ arguments: [String]) -> [String] {
        let own = name.split(separator: "/").last.map(String.init) ?? name
        return (commands[own] ?? []) + arguments
    }
}
