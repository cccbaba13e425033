/// Where Sesame's files are, by the rules of the command line's contract.
///
/// `SESAME_HOME` puts all of them into one folder; `SESAME_CONFIG` and `SESAME_SOCKET` move one;
/// else the XDG base directories count. Only absolute paths are taken from the XDG variables, as
/// their specification demands.
public struct SesamePaths: Sendable, Hashable {
    /// The configuration.
    public let configuration: String
    /// The store, unless the configuration names another.
    public let store: String
    /// The broker's socket.
    public let socket: String
    /// Whether a person has named the socket, and not only the folder of everything.
    public let isSocketNamed: Bool
    /// The store key, unless the configuration names another source.
    public let key: String

    /// Reads the environment.
    /// - Throws: a ``Problem`` of code `configuration` when no folder can be told from it.
    public init(environment: [String: String]) throws(Problem) {
        let given = environment.filter { !$0.value.isEmpty }
        isSocketNamed = given["SESAME_SOCKET"] != nil
        if let home = given["SESAME_HOME"] {
            let folder = try absolute(home, "SESAME_HOME")
            configuration = given["SESAME_CONFIG"] ?? folder + "/config"
            socket = given["SESAME_SOCKET"] ?? folder + "/broker.sock"
            store = folder + "/store.db"
            key = folder + "/store.key"
            return
        }
        let configurationFolder = try base("XDG_CONFIG_HOME", "/.config", given) + "/sesame"
        let stateFolder = try base("XDG_STATE_HOME", "/.local/state", given) + "/sesame"
        configuration = given["SESAME_CONFIG"] ?? configurationFolder + "/config"
        store = stateFolder + "/store.db"
        // Without a runtime folder the state folder is the private place that remains; a fixed name
        // in a folder that everybody may write is none.
        let runtime = given["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? $0 + "/sesame" : nil }
        socket = given["SESAME_SOCKET"] ?? (runtime ?? stateFolder) + "/broker.sock"
        key = configurationFolder + "/store.key"
    }
}

private func base(
    _ variable: String, _ fallback: String, _ environment: [String: String]
) throws(Problem) -> String {
    if let folder = environment[variable], folder.hasPrefix("/") { return withoutSlash(folder) }
    guard let home = environment["HOME"] else {
        throw Problem(
            .configuration, "neither HOME nor \(variable) nor SESAME_HOME is set",
            hints: ["set SESAME_HOME to a private folder"])
    }
    return try absolute(home, "HOME") + fallback
}

private func absolute(_ folder: String, _ variable: String) throws(Problem) -> String {
    guard folder.hasPrefix("/") else {
        throw Problem(.configuration, "\(variable) is not an absolute path")
    }
    return withoutSlash(folder)
}

private func withoutSlash(_ folder: String) -> String {
    folder.count > 1 && folder.hasSuffix("/") ? withoutSlash(String(folder.dropLast())) : folder
}
