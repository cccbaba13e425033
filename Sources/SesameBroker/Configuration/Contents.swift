import SesameSecrets
import SesameStore

/// Reading the configuration: a mistake is told with its line.
extension ConfigurationFile.Contents {
    /// - Parameter path: the name to show with a line; `nil` for a text that is in no file yet.
    init(
        _ document: INIDocument, path: String?, folders: ConfigurationFolders
    ) throws(BrokerError) {
        do throws(INIDocument.Refusal) {
            for section in try document.sections() {
                if section.name == StoreSection.name {
                    store = try StoreSection.settings(section, folders)
                } else if section.name.hasPrefix("profile ") {
                    profiles.append(try Self.profile(section, folders))
                } else if section.name == BrokerSection.name {
                    broker = try BrokerSection.settings(section)
                } else if section.name.hasPrefix(CallerSection.prefix) {
                    callers.append(try CallerSection.rule(section))
                } else {
                    throw INIDocument.Refusal(
                        line: section.line,
                        reason:
                            "unknown section [\(section.name.sanitised(limit: 60))]; there are [store], [broker], [profile NAME] and [caller NAME]"
                    )
                }
            }
        } catch {
            let place = if let path, error.line > 0 { "\(path), line \(error.line): " } else { "" }
            throw BrokerError(.configuration, place + error.reason)
        }
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
}
