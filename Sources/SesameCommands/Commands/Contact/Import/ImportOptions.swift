import SesameMautic
import SesameSecrets
import SesameSystem

/// What was typed behind `contact import`.
struct ImportOptions {
    /// The path, or `-`.
    let path: String
    let map: [String: ColumnMap.Target]
    let tags: [String]
    let ignoresUnknown: Bool
    let format: ImportFile.Format?
    let encoding: TextEncoding?
    let journal: String?
    let failed: String?
    let isDryRun: Bool
    let settings: ContactImport.Settings

    init(_ context: Context) throws(Failure) {
        let arguments = context.arguments
        guard let path = arguments.positional.first else {
            throw Failure.usage("which file?", hints: ["- reads standard input"])
        }
        guard arguments.positional.count == 1 else {
            throw Failure.usage(
                "too many arguments: \(arguments.positional[1].sanitised(limit: 60))")
        }
        self.path = path
        map = try targets(arguments.all("map"))
        tags = try checked(tags: arguments.all("tag"))
        ignoresUnknown = arguments.has("ignore-unknown")
        format = try arguments.choice("format")
        encoding = try arguments.choice("encoding")
        isDryRun = arguments.has("dry-run")
        let name = path == "-" ? nil : path
        journal = arguments["journal"] ?? name.map { $0 + ".journal" }
        failed = arguments["failed"] ?? name.map(pathOfFailed)
        try expectThreeFiles(path, journal, failed)
        var settings = ContactImport.Settings()
        settings.batchSize = Int(
            try arguments.number("batch", in: 1...Int64(MauticClient.usualBatchLimit)) ?? 100)
        settings.concurrency = Int(try arguments.number("concurrency", in: 1...16) ?? 4)
        self.settings = settings
    }

    /// What tells this import from others, for its journal.
    /// - Parameter header: what tells its header from others.
    func identity(profile: String, url: String, header: String) -> String {
        let columns = map.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.name)" }
        let form = [format?.rawValue, encoding?.rawValue].compactMap(\.self)
        let unknown = ignoresUnknown ? ["ignore-unknown"] : []
        // However the way to it is written.
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return
            ([name, profile, url, header] + form + columns + unknown + tags.map { "+\($0)" })
            .joined(separator: " ")
    }
}

/// The file, its journal and the failed rows may not be the same.
private func expectThreeFiles(
    _ path: String, _ journal: String?, _ failed: String?
) throws(Failure) {
    for (option, other) in [("--journal", journal), ("--failed", failed)] {
        guard let other, isSameFile(other, path) else { continue }
        throw Failure.usage("\(option): that is the file which is imported")
    }
    guard let journal, let failed, isSameFile(journal, failed) else { return }
    throw Failure.usage("--journal and --failed: they need a file each")
}

/// `contacts.failed.csv` for `contacts.csv`.
private func pathOfFailed(_ path: String) -> String {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/"), dot != path.startIndex
    else { return path + ".failed" }
    return path[..<dot] + ".failed" + path[dot...]
}

private func checked(tags: [String]) throws(Failure) -> [String] {
    do throws(MauticError) {
        return try checkedTags(tags)
    } catch {
        throw Failure(error, profile: nil)
    }
}

private func targets(_ texts: [String]) throws(Failure) -> [String: ColumnMap.Target] {
    var targets: [String: ColumnMap.Target] = [:]
    for text in texts {
        guard let mark = text.lastIndex(of: "="), mark != text.startIndex else {
            throw Failure.usage("--map: not of the form COLUMN=ALIAS: \(text.sanitised(limit: 60))")
        }
        // The reader takes blanks away from the names of a header.
        let column = text[..<mark].trimmingBlanks()
        guard targets[column] == nil else {
            throw Failure.usage("--map: “\(column.sanitised(limit: 60))” is given twice")
        }
        let alias = text[text.index(after: mark)...]
        targets[column] =
            switch alias {
            case "": .ignored
            case "tags": .tags
            default: .field(String(alias))
            }
    }
    return targets
}

extension ColumnMap.Target {
    fileprivate var name: String {
        switch self {
        case .field(let alias): alias
        case .tags: "tags"
        case .ignored: ""
        }
    }
}

extension Arguments {
    /// The value of an option that takes one of a few words.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ option: String
    ) throws(Failure) -> Choice? {
        guard let text = self[option] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure.usage("--\(option): not one of \(words): \(text.sanitised(limit: 40))")
        }
        return choice
    }
}
