import SesameSecrets
import SesameSystem

/// The sections `[file NAME]`: which tokens are kept in which files, and who may read them.
enum FileSection {
    static let prefix = "file "
    static let keys = [
        "profile", "path", "mode", "owner", "group", "format", "scope", "resource",
    ]

    /// What is read of a section, entry by entry.
    private struct Draft {
        var profile: String?
        var path: String?
        var permissions = FilePermissions.ownerOnly
        var format = TokenFile.Format.token
        var scope: String?
        var resource: String?
    }

    static func file(
        _ section: INIDocument.Section, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) -> TokenFile {
        let name = try section.name(behind: prefix)
        var draft = Draft()
        try section.forEachEntry(of: keys) { entry throws(INIDocument.Refusal) in
            try read(entry, of: name, into: &draft, folders)
        }
        guard let profile = draft.profile, let path = draft.path else {
            let missing = draft.profile == nil ? "profile" : "path"
            throw section.refusal("[file \(name)] has no `\(missing)`")
        }
        return TokenFile(
            name: name, profile: profile,
            file: SharedFile(path: path, permissions: draft.permissions), format: draft.format,
            scope: draft.scope, resource: draft.resource)
    }

    private static func read(
        _ entry: INIDocument.Entry, of name: String, into draft: inout Draft,
        _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) {
        let value = entry.value
        switch entry.key {
        case "profile": draft.profile = value
        case "path": draft.path = try path(entry, folders)
        case "mode": draft.permissions.mode = try mode(entry)
        case "owner":
            guard let owner = Accounts.user(value) else {
                throw entry.refusal("there is no user \(value.sanitised(limit: 40))")
            }
            draft.permissions.owner = owner
        case "group":
            guard let group = Accounts.group(value) else {
                throw entry.refusal("there is no group \(value.sanitised(limit: 40))")
            }
            draft.permissions.group = group
        case "format":
            guard let format = TokenFile.Format(rawValue: value) else {
                throw entry.refusal("`format` is one of: \(formats)")
            }
            draft.format = format
        case "scope": draft.scope = value
        case "resource": draft.resource = value
        default:
            throw entry.unknown(in: prefix + name, among: keys)
        }
    }

    private static func path(
        _ entry: INIDocument.Entry, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) -> String {
        let value = entry.value
        let segments = value.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard value.hasPrefix("/") || value.hasPrefix("~/"),
            !segments.contains(where: { ["", ".", ".."].contains($0) }),
            value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { throw entry.refusal("`path` is the absolute path of a file, or begins with `~/`") }
        return folders.resolve(value)
    }

    /// A token that everybody on the machine can read is no secret: a group is the widest that may.
    private static func mode(_ entry: INIDocument.Entry) throws(INIDocument.Refusal) -> UInt32 {
        guard let mode = UInt32(entry.value, radix: 8),
            entry.value.utf8.allSatisfy({ (0x30...0x37).contains($0) }),
            [0o600, 0o640, 0o400, 0o440].contains(mode)
        else {
            throw entry.refusal(
                "`mode` is 0600, 0400, or with a `group` that may read it 0640 or 0440")
        }
        return mode
    }

    private static let formats = TokenFile.Format.allCases.map(\.rawValue).joined(separator: ", ")
}

/// The token files of a configuration, by profile.
package struct TokenFileList: Sendable {
    private var files: [String: [TokenFile]] = [:]
    private var lines: [(file: TokenFile, line: Int)] = []
    /// Profiles that sign with a password, and have no token that could stand in a file.
    private var withoutToken: Set<String> = []

    mutating func append(_ file: TokenFile, line: Int) {
        files[file.profile, default: []].append(file)
        lines.append((file, line))
    }

    mutating func note(_ profile: Profile) {
        if profile.grant == .basic { withoutToken.insert(profile.name) }
    }

    /// Those of a profile.
    package subscript(profile: String) -> [TokenFile] { files[profile] ?? [] }

    /// Whether it is still wanted that this profile's token stands there.
    func contains(_ profile: String, at path: String) -> Bool {
        self[profile].contains { $0.path == path }
    }

    /// Refuses files that can never be written, and two that would overwrite each other.
    func check(_ profiles: Set<String>) throws(INIDocument.Refusal) {
        var paths: [String: String] = [:]
        for (file, line) in lines {
            if !profiles.contains(file.profile) {
                throw INIDocument.Refusal(
                    line: line,
                    reason:
                        "[file \(file.name)] is about a profile \(file.profile.sanitised(limit: 64)) that there is not"
                )
            }
            if withoutToken.contains(file.profile) {
                throw INIDocument.Refusal(
                    line: line,
                    reason:
                        "[file \(file.name)] is about profile \(file.profile), which signs with a password and has no token"
                )
            }
            if let other = paths.updateValue(file.name, forKey: file.path) {
                throw INIDocument.Refusal(
                    line: line,
                    reason: "[file \(file.name)] has the same `path` as [file \(other)]")
            }
        }
    }
}
