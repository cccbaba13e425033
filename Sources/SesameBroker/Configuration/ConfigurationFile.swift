import CLinux
package import SesameAudit
import SesameSecrets
package import SesameStore
import SesameSystem

/// The configuration on disk: read again whenever it changed, edited without losing a comment.
///
/// It holds no secret, so it may be readable by others; but whoever can write it decides where tokens
/// go, so a file or folder that others may write is refused.
package final class ConfigurationFile: Sendable {
    /// By which a changed file is told from the one before.
    private struct Stamp: Equatable {
        let device, inode, size: UInt64
        let seconds, nanoseconds: Int64
    }

    private struct Loaded {
        /// `nil` for a file that was changed so lately that a later change might not show.
        let stamp: Stamp?
        let contents: Contents
    }
    package struct Contents: Sendable {
        package let profiles: ProfileList
        /// What the section `[store]` says.
        package let store: VaultSettings
        /// What the section `[broker]` says.
        package let broker: BrokerSettings
        /// What callers may do, in the order of the file.
        let callers: [CallerRule]
        /// What the sections `[proxy NAME]` say, in the order of the file.
        package let proxies: [ProxySettings]
        /// What the section `[audit]` says.
        package let audit: AuditSettings
        /// The files in which tokens are kept.
        package let files: TokenFileList
    }

    private let path: String
    private let folders: ConfigurationFolders
    private let loaded = Locked<Loaded?>(nil)
    /// What the file will say after a change that was looked at, and may be made next.
    private let drafted = Locked<Contents?>(nil)

    /// - Parameter home: what `~` stands for.
    package init(path: String, home: String) {
        self.path = path
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        folders = ConfigurationFolders(home: home, configuration: folder)
    }

    /// What the file says now; an absent file says nothing.
    package func contents() throws(BrokerError) -> Contents {
        let stamp = stamp()
        let loaded = loaded.withLock { $0 }
        if let stamp, let loaded, loaded.stamp == stamp { return loaded.contents }
        let contents = try judged(try document(), path: path)
        let lasting = stamp.flatMap { Self.isSettled($0) ? $0 : nil }
        self.loaded.withLock { $0 = Loaded(stamp: lasting, contents: contents) }
        drafted.withLock { $0 = nil }
        return contents
    }

    /// What the document says; the same text is not judged twice.
    private func judged(
        _ document: INIDocument, path: String? = nil
    ) throws(BrokerError) -> Contents {
        for known in [loaded.withLock { $0?.contents }, drafted.withLock { $0 }] {
            if let known, known.profiles.document.isIdentical(to: document) { return known }
        }
        return try Contents(document, path: path, folders: folders)
    }

    package func profile(_ name: String) throws(BrokerError) -> Profile {
        let profiles = try contents().profiles
        guard let profile = profiles[name] else {
            throw BrokerError(
                .unknownProfile, "there is no profile \(name.sanitised(limit: 64))",
                hints: profiles.hints(for: name))
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
        try replace { () throws(BrokerError) in
            let text = try changed(changes, of: profile).text
            // Where nothing changes nothing is written: the file may be another's, as a service's is root's.
            return try wholeText() == text ? nil : text
        }
    }

    /// The same for the section `[store]`; an empty list removes a key.
    /// - Parameter isMeant: whether the file would then say what was meant; else it stays as it is.
    package func applyStore(
        _ changes: [String: [String]], isMeant: (Contents) -> Bool = { _ in true }
    ) throws(BrokerError) {
        try replace { () throws(BrokerError) in try textWithStore(changes, isMeant: isMeant) }
    }

    /// What the file would be with these changes of the section `[store]`.
    func textWithStore(
        _ changes: [String: [String]], isMeant: (Contents) -> Bool
    ) throws(BrokerError) -> String {
        let document = try changed(changes, in: StoreSection.name, order: <)
        guard isMeant(try judged(INIDocument(document.text))) else {
            throw BrokerError(
                .configuration, "the configuration has no words for this source of the key",
                hints: ["quotation marks and blanks at the ends cannot be written there"])
        }
        return document.text
    }

    /// Adds the profiles of another text that are not here yet; `[store]` and comments are not taken.
    /// - Returns: the names of the profiles that were added.
    package func addProfiles(of text: String) throws(BrokerError) -> [String] {
        var added: [String] = []
        try replace { () throws(BrokerError) in
            let changed = try textWithProfiles(of: text)
            added = changed.added
            return added.isEmpty ? nil : changed.text
        }
        return added
    }

    /// What the file would be with the profiles of another text that are not here yet.
    func textWithProfiles(
        of text: String
    ) throws(BrokerError) -> (text: String, added: [String]) {
        let given = INIDocument(text)
        // A text that cannot be read is refused as a whole.
        _ = try Contents(given, path: nil, folders: folders)
        var document = try document()
        let here = try judged(document, path: path).profiles
        var added: [String] = []
        do throws(INIDocument.Refusal) {
            try given.forEachSection { section throws(INIDocument.Refusal) in
                guard section.name.hasPrefix(Profile.heading) else { return }
                let name = String(section.name.dropFirst(Profile.heading.count))
                guard !here.contains(name) else { return }
                for entry in section.entries { try check([entry.value], entry.key) }
                document.append(section.name, section.entries.map { ($0.key, $0.value) })
                added.append(name)
            }
        } catch {
            throw BrokerError(.configuration, error.reason)
        }
        _ = try Contents(INIDocument(document.text), path: nil, folders: folders)
        return (document.text, added)
    }

    /// Replaces the file, unless the text is `nil`; says whether it did.
    @discardableResult
    func replace(
        _ text: () throws(BrokerError) -> String?
    ) throws(BrokerError) -> Bool {
        do throws(PrivateFile.Failure) {
            try PrivateFile.makeDirectory(folders.configuration)
        } catch {
            throw BrokerError(.configuration, "the configuration cannot be written: \(error)")
        }
        let lock = PrivateFile.lock(folder: folders.configuration)
        defer { withExtendedLifetime(lock) {} }
        guard let text = try text() else { return false }
        do throws(PrivateFile.Failure) {
            try PrivateFile.replace(PrivateFile.resolved(path), Secret(utf8: text))
        } catch {
            throw BrokerError(.configuration, "the configuration cannot be written: \(error)")
        }
        return true
    }

    func changed(
        _ changes: [String: [String]], of profile: String
    ) throws(BrokerError) -> (text: String, profile: Profile) {
        guard ProfileSettings.isName(profile) else {
            throw BrokerError(
                .usage, "a profile's name has 1 to 64 letters, digits, `.`, `_` or `-`")
        }
        for key in changes.keys where Setting.named(key) == nil || !key.utf8.allSatisfy(isKeyByte) {
            throw BrokerError(.configuration, "unknown key `\(key.sanitised(limit: 60))`")
        }
        let document = try changed(changes, in: Profile.heading + profile, order: settingOrder)
        // Judged as it will be read, not as it was put together.
        let contents = try judged(INIDocument(document.text))
        drafted.withLock { $0 = contents }
        guard let changed = contents.profiles[profile] else {
            throw BrokerError(.usage, "profile \(profile) would have no setting at all")
        }
        return (document.text, changed)
    }

    private func changed(
        _ changes: [String: [String]], in section: String, order: (String, String) -> Bool
    ) throws(BrokerError) -> INIDocument {
        var document = try document()
        // A mistake that is in the file already has a line; one that is being added has none yet.
        _ = try judged(document, path: path)
        do throws(INIDocument.Refusal) {
            for key in changes.keys.sorted(by: order) {
                try check(changes[key] ?? [], key)
                try document.set(key, to: changes[key] ?? [], in: section)
            }
        } catch {
            throw BrokerError(.configuration, error.reason)
        }
        return document
    }

    func document() throws(BrokerError) -> INIDocument {
        INIDocument(try wholeText() ?? "")
    }

    /// The whole text; `nil` where there is no file.
    package func wholeText() throws(BrokerError) -> String? {
        let contents: Secret
        do throws(PrivateFile.Failure) {
            if let reason = PrivateFile.objection(toFolderAt: folders.configuration) {
                throw .refused(PrivateFile.Refusal(path: folders.configuration, reason: reason))
            }
            contents = try PrivateFile.readShared(path, limit: Self.limit)
        } catch {
            if case .missing = error { return nil }
            throw BrokerError(.configuration, "the configuration cannot be read: \(error)")
        }
        let text: String? = contents.withBytes { bytes in
            do { return try String(copying: UTF8Span(validating: bytes)) } catch { return nil }
        }
        guard let text else {
            // Rewritten, it would lose what it says.
            let line = Self.lineThatIsNotText(contents.dangerouslyRevealedBytes())
            throw BrokerError(.configuration, "\(path), line \(line): this is not UTF-8")
        }
        return text
    }

    /// More than a hundred thousand profiles need.
    private static let limit = 64 << 20

    private static func lineThatIsNotText(_ bytes: [UInt8]) -> Int {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0) + 1
    }

    private func check(_ values: [String], _ key: String) throws(INIDocument.Refusal) {
        for value in values where value.unicodeScalars.contains(where: { $0.value < 0x20 }) {
            throw INIDocument.Refusal(line: 0, reason: "`\(key)` has a control character")
        }
        for value in values where value.contains(" ;") || value.hasPrefix(";") {
            throw INIDocument.Refusal(
                line: 0, reason: "`\(key)` has ` ;`, which would begin a comment")
        }
    }

    /// Whether a later change would show in the stamp: the kernel's time of change has steps of some
    /// milliseconds, and a new file may get the number of the one before the last.
    private static func isSettled(_ stamp: Stamp) -> Bool {
        stamp.seconds < SystemTime().now.adding(seconds: -1).seconds
    }

    /// Changes whenever the file does; `nil` while there is none.
    private func stamp() -> Stamp? {
        var status = clinux_status()
        guard unsafe clinux_stat(path, &status) == 0 else { return nil }
        return Stamp(
            device: status.device, inode: status.inode, size: status.size,
            seconds: status.changed_seconds, nanoseconds: status.changed_nanoseconds)
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
