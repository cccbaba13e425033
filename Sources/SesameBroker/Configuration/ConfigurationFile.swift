import CLinux
import SesameSecrets
import SesameSystem

/// The configuration on disk: read again whenever it changed, edited without losing a comment.
///
/// It holds no secret, so it may be readable by others; but whoever can write it decides where tokens
/// go, so a file or folder that others may write is refused.
package final class ConfigurationFile: Sendable {
    private struct Loaded {
        let stamp: [UInt64]
        let contents: Contents
    }
    package struct Contents: Sendable {
        package var profiles: [Profile] = []
        /// The key file, resolved, when the `[store]` section names one.
        package var keyFile: String?
    }

    private let path: String
    private let folders: ConfigurationFolders
    private let loaded = Locked<Loaded?>(nil)

    /// - Parameter home: what `~` stands for.
    package init(path: String, home: String) {
        self.path = path
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        folders = ConfigurationFolders(home: home, configuration: folder)
    }

    /// What the file says now; an absent file says nothing.
    package func contents() throws(BrokerError) -> Contents {
        let stamp = stamp()
        if let stamp, let loaded = loaded.withLock({ $0 }), loaded.stamp == stamp {
            return loaded.contents
        }
        let contents = try Self.parse(try document(), path: path, folders: folders)
        if let stamp, Self.isSettled(stamp) {
            loaded.withLock { $0 = Loaded(stamp: stamp, contents: contents) }
        }
        return contents
    }

    package func profile(_ name: String) throws(BrokerError) -> Profile {
        let profiles = try contents().profiles
        guard let profile = profiles.first(where: { $0.name == name }) else {
            let known = profiles.map(\.name).joined(separator: ", ")
            throw BrokerError(
                .unknownProfile, "there is no profile \(name.sanitised(limit: 64))",
                hints: [known.isEmpty ? "make one: sesame setup" : "known profiles: \(known)"])
        }
        try profile.checkCertificateAuthorityFile()
        return profile
    }

    /// What the profile would be with these changes; nothing is written.
    ///
    /// An empty list removes a key.
    package func preview(
        _ changes: [String: [String]], of profile: String
    ) throws(BrokerError) -> Profile {
        try changed(changes, of: profile).profile
    }

    /// Makes the changes: the file is read, changed and replaced as a whole, under a lock that other
    /// processes respect, so that no change of another is lost.
    package func apply(_ changes: [String: [String]], to profile: String) throws(BrokerError) {
        do throws(PrivateFile.Failure) {
            try PrivateFile.makeDirectory(folders.configuration)
        } catch {
            throw BrokerError(.configuration, "the configuration cannot be written: \(error)")
        }
        let lock = PrivateFile.lock(folder: folders.configuration)
        defer { withExtendedLifetime(lock) {} }
        let text = try changed(changes, of: profile).text
        do throws(PrivateFile.Failure) {
            try PrivateFile.replace(PrivateFile.resolved(path), Secret(utf8: text))
        } catch {
            throw BrokerError(.configuration, "the configuration cannot be written: \(error)")
        }
    }

    private func changed(
        _ changes: [String: [String]], of profile: String
    ) throws(BrokerError) -> (text: String, profile: Profile) {
        guard ProfileSettings.isName(profile) else {
            throw BrokerError(
                .usage, "a profile's name has 1 to 64 letters, digits, `.`, `_` or `-`")
        }
        var document = try document()
        // A mistake that is in the file already has a line; one that is being added has none yet.
        _ = try Self.parse(document, path: path, folders: folders)
        do throws(INIDocument.Refusal) {
            for key in changes.keys.sorted(by: settingOrder) {
                try check(changes[key] ?? [], key)
                try document.set(key, to: changes[key] ?? [], in: "profile \(profile)")
            }
        } catch {
            throw refusal(error.line, error.reason)
        }
        // Judged as it will be read, not as it was put together.
        let contents = try Self.parse(INIDocument(document.text), path: nil, folders: folders)
        guard let changed = contents.profiles.first(where: { $0.name == profile }) else {
            throw BrokerError(.usage, "profile \(profile) would have no setting at all")
        }
        return (document.text, changed)
    }

    private func document() throws(BrokerError) -> INIDocument {
        do throws(PrivateFile.Failure) {
            if let reason = PrivateFile.objection(toFolderAt: folders.configuration) {
                throw .refused(PrivateFile.Refusal(path: folders.configuration, reason: reason))
            }
            return INIDocument(
                try PrivateFile.readShared(path, limit: 1 << 20).dangerouslyRevealedText())
        } catch {
            if case .missing = error { return INIDocument("") }
            throw BrokerError(.configuration, "the configuration cannot be read: \(error)")
        }
    }

    private func check(_ values: [String], _ key: String) throws(INIDocument.Refusal) {
        guard Setting.named(key) != nil, key.utf8.allSatisfy(isKeyByte) else {
            throw INIDocument.Refusal(line: 0, reason: "unknown key `\(key.sanitised(limit: 60))`")
        }
        for value in values where value.unicodeScalars.contains(where: { $0.value < 0x20 }) {
            throw INIDocument.Refusal(line: 0, reason: "`\(key)` has a control character")
        }
        for value in values where value.contains(" ;") || value.hasPrefix(";") {
            throw INIDocument.Refusal(
                line: 0, reason: "`\(key)` has ` ;`, which would begin a comment")
        }
    }

    private func refusal(_ line: Int?, _ reason: String) -> BrokerError {
        Self.refusal(path, line, reason)
    }

    private static func refusal(_ path: String?, _ line: Int?, _ reason: String) -> BrokerError {
        let place = if let path, let line, line > 0 { "\(path), line \(line): " } else { "" }
        return BrokerError(.configuration, place + reason)
    }

    private static func parse(
        _ document: INIDocument, path: String?, folders: ConfigurationFolders
    ) throws(BrokerError) -> Contents {
        var contents = Contents()
        do throws(INIDocument.Refusal) {
            for section in try document.sections() {
                if section.name == "store" {
                    contents.keyFile = try storeSection(section).map { folders.resolve($0) }
                } else if section.name.hasPrefix("profile ") {
                    contents.profiles.append(try profile(section, folders))
                } else {
                    throw INIDocument.Refusal(
                        line: section.line,
                        reason:
                            "unknown section [\(section.name.sanitised(limit: 60))]; there are [store] and [profile NAME]"
                    )
                }
            }
        } catch {
            throw refusal(path, error.line, error.reason)
        }
        return contents
    }

    private static func profile(
        _ section: INIDocument.Section, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) -> Profile {
        let name = String(section.name.dropFirst("profile ".count))
        do throws(ProfileSettings.Refusal) {
            return Profile(
                try ProfileSettings(name: name, entries: section.entries, line: section.line),
                folders: folders)
        } catch {
            throw INIDocument.Refusal(line: error.line ?? section.line, reason: error.reason)
        }
    }

    private static func storeSection(_ section: INIDocument.Section) throws(INIDocument.Refusal)
        -> String?
    {
        var keyFile: String?
        for entry in section.entries {
            switch entry.key {
            case "key_file": keyFile = entry.value
            case "key_command", "key_credential", "passphrase", "store":
                throw INIDocument.Refusal(
                    line: entry.line,
                    reason: "`\(entry.key)` is not supported by this version; use key_file")
            default:
                throw INIDocument.Refusal(
                    line: entry.line,
                    reason: "unknown key `\(entry.key.sanitised(limit: 60))` in [store]")
            }
        }
        return keyFile
    }

    /// Whether a later change would show in the stamp: the kernel's time of change has steps of some
    /// milliseconds, and a new file may get the number of the one before the last.
    private static func isSettled(_ stamp: [UInt64]) -> Bool {
        Int64(bitPattern: stamp[3]) < SystemTime().now.adding(seconds: -1).seconds
    }

    /// Changes whenever the file does; `nil` while there is none.
    private func stamp() -> [UInt64]? {
        var status = clinux_status()
        guard unsafe clinux_stat(path, &status) == 0 else { return nil }
        return [
            status.device, status.inode, status.size, UInt64(bitPattern: status.modified_seconds),
            UInt64(bitPattern: status.modified_nanoseconds),
        ]
    }
}

/// The order of a new profile's keys in the file: as the table of settings has them.
private func settingOrder(_ first: String, _ second: String) -> Bool {
    let position = { (key: String) in Setting.all.firstIndex { $0.key == key } ?? Setting.all.count
    }
    return (position(first), first) < (position(second), second)
}

private func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
}
