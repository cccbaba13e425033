/// Who remembers how far a file had come.
package enum AnchorChoice: Sendable, Equatable {
    /// The state folder of the systemd service, where there is one; else the kernel's keyring.
    case automatic
    /// Nobody.
    case off
    /// The kernel's keyring.
    case keyring
    /// A file.
    case file(path: String)
}

extension AnchorChoice {
    /// The memory for the file at a path; `nil` when nobody shall remember.
    ///
    /// The folder of a service's state is taken where the file does not lie in it: one that does would
    /// be put back together with what is remembered of it.
    /// - Parameters:
    ///   - kind: what is remembered, in a word: one file may be remembered in several ways.
    ///   - suffix: what a configured path is followed by, so that two kinds do not share one file.
    ///   - digest: a short name for a path, in letters and digits.
    ///   - environment: the process's, for `STATE_DIRECTORY` (systemd.exec(5)).
    package func memory(
        for path: String, kind: String, suffix: String = "", digest: (String) -> String,
        environment: [String: String]
    ) -> (any OutsideMemory)? {
        let resolved = Self.resolved(path)
        switch self {
        case .off: return nil
        case .keyring: return KeyringMemory("sesame:\(kind):\(resolved)")
        case .file(let path): return FileMemory(at: path + suffix)
        case .automatic:
            guard let folder = Self.stateFolder(environment), !resolved.hasPrefix(folder + "/")
            else { return KeyringMemory("sesame:\(kind):\(resolved)") }
            return FileMemory(at: "\(folder)/sesame-\(kind)-\(digest(resolved))")
        }
    }

    /// The first of the folders, which systemd separates by colons.
    private static func stateFolder(_ environment: [String: String]) -> String? {
        guard let first = environment["STATE_DIRECTORY"]?.split(separator: ":").first,
            first.hasPrefix("/")
        else { return nil }
        return PrivateFile.resolved(String(first))
    }

    /// The path with all links of its folder followed: one file, one memory.
    ///
    /// The file itself may not be there yet.
    private static func resolved(_ path: String) -> String {
        let folder = PrivateFile.folder(of: path)
        guard let name = path.split(separator: "/").last else { return path }
        return PrivateFile.resolved(folder) + "/" + name
    }
}
