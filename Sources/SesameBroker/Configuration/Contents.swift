import SesameAudit
import SesameSecrets
import SesameStore

/// Reading the configuration: a mistake is told with its line.
extension ConfigurationFile.Contents {
    /// - Parameter path: the name to show with a line; `nil` for a text that is in no file yet.
    init(
        _ document: INIDocument, path: String?, folders: ConfigurationFolders
    ) throws(BrokerError) {
        var found: [(name: String, place: Range<String.Index>)] = []
        var settings = VaultSettings()
        var ahead = BrokerSettings()
        var record = AuditSettings()
        var rules: [CallerRule] = []
        var tokenFiles = TokenFileList()
        var proxies: [ProxySection] = []
        do throws(INIDocument.Refusal) {
            try document.forEachSection { section throws(INIDocument.Refusal) in
                if section.name == StoreSection.name {
                    settings = try StoreSection.settings(section, folders)
                } else if section.name.hasPrefix(Profile.heading) {
                    let profile = try Profile(section, folders)
                    found.append((profile.name, section.range))
                    tokenFiles.note(profile)
                } else if section.name == BrokerSection.name {
                    ahead = try BrokerSection.settings(section)
                } else if section.name.hasPrefix(CallerSection.prefix) {
                    rules.append(try CallerSection.rule(section))
                } else if section.name.hasPrefix(ProxySection.prefix) {
                    proxies.append(try ProxySection(section, folders))
                } else if section.name == AuditSection.name {
                    record = try AuditSection.settings(section, folders)
                } else if section.name.hasPrefix(FileSection.prefix) {
                    tokenFiles.append(try FileSection.file(section, folders), line: section.line)
                } else {
                    throw INIDocument.Refusal(
                        line: section.line,
                        reason:
                            "unknown section [\(section.name.sanitised(limit: 60))]; there are [store], [broker], [audit], [profile NAME], [caller NAME], [file NAME] and [proxy NAME]"
                    )
                }
            }
            let names = Set(found.map(\.name))
            for rule in rules {
                guard let unknown = rule.profiles.subtracting(names).min() else { continue }
                throw INIDocument.Refusal(
                    line: rule.profileLines[unknown] ?? 0,
                    reason: "[caller \(rule.name)] is about a profile \(unknown) that there is not")
            }
            try tokenFiles.check(names)
            profiles = ProfileList(document, folders, found)
            self.proxies = try ProxySection.settings(proxies, profiles)
        } catch {
            let place = if let path, error.line > 0 { "\(path), line \(error.line): " } else { "" }
            throw BrokerError(.configuration, place + error.reason)
        }
        store = settings
        broker = ahead
        audit = record
        callers = rules
        files = tokenFiles
    }
}
