import SesameAudit
import SesameSecrets

/// The section `[audit]`: where the trail is written, how long it is kept, and who hears of it.
enum AuditSection {
    static let name = "audit"
    static let keys = ["file", "required", "journal", "keep", "size"]
    private static let units: [(suffix: String, bytes: Int64)] = [
        ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30),
    ]
    private static let sizes: ClosedRange<Int64> = 4096...(1 << 40)
    private static let mostFiles: Int64 = 1000

    static func settings(
        _ section: INIDocument.Section, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) -> AuditSettings {
        var settings = AuditSettings()
        try section.forEachEntry(of: keys) { entry throws(INIDocument.Refusal) in
            try read(entry, into: &settings, folders)
        }
        return settings
    }

    private static func read(
        _ entry: INIDocument.Entry, into settings: inout AuditSettings,
        _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) {
        switch entry.key {
        case "file":
            switch entry.value {
            case "off": settings.file = .off
            case let path where path.hasPrefix("/") || path.hasPrefix("~/"):
                settings.file = .path(folders.resolve(path))
            default: throw entry.refusal("`file` is `off` or an absolute path")
            }
        case "required":
            guard ["yes", "no"].contains(entry.value) else {
                throw entry.refusal("`required` is `yes` or `no`")
            }
            settings.isRequired = entry.value == "yes"
        case "journal":
            guard let choice = AuditSettings.JournalChoice(rawValue: entry.value) else {
                throw entry.refusal("`journal` is `auto`, `on` or `off`")
            }
            settings.journal = choice
        case "keep":
            settings.keep = Int(try entry.number(of: "files", 0...mostFiles))
        case "size":
            guard let size = bytes(entry.value), sizes.contains(size) else {
                throw entry.refusal("`size` is a number of bytes, such as 64M; 4K at the least")
            }
            settings.size = size
        default:
            throw entry.unknown(in: name, among: keys)
        }
    }

    private static func bytes(_ text: String) -> Int64? {
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = Int64(text.dropLast()) else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
            return overflow ? nil : product
        }
        return Int64(text)
    }
}
