import SesameSystem

extension AnchorChoice {
    /// The anchor for the store at a path; `nil` when nobody shall remember.
    ///
    /// The folder of a service's state is taken where the store does not lie in it: one that does would
    /// be put back together with its anchor.
    /// - Parameter environment: the process's, for `STATE_DIRECTORY` (systemd.exec(5)).
    package func anchor(
        for path: String, environment: [String: String]
    ) -> (any RollbackAnchor)? {
        let store = Self.resolved(path)
        switch self {
        case .off: return nil
        case .keyring: return KeyringAnchor(for: store)
        case .file(let path): return FileAnchor(at: path)
        case .automatic:
            guard let folder = Self.stateFolder(environment), !store.hasPrefix(folder + "/") else {
                return KeyringAnchor(for: store)
            }
            return FileAnchor(for: store, in: folder)
        }
    }

    /// The first of the folders, which systemd separates by colons.
    private static func stateFolder(_ environment: [String: String]) -> String? {
        guard let first = environment["STATE_DIRECTORY"]?.split(separator: ":").first,
            first.hasPrefix("/")
        else { return nil }
        return PrivateFile.resolved(String(first))
    }

    /// The path with all links of its folder followed: one store, one anchor.
    ///
    /// The file itself may not be there yet.
    private static func resolved(_ path: String) -> String {
        let folder = PrivateFile.folder(of: path)
        guard let name = path.split(separator: "/").last else { return path }
        return PrivateFile.resolved(folder) + "/" + name
    }
}
