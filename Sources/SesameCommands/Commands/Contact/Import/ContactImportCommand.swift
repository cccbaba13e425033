import SesameBrokerAPI
import SesameHTTP
import SesameMautic
import SesameSecrets
import SesameSystem

extension Command {
    static let importContacts = Command(
        name: "contact import", summary: "create or update many contacts from CSV or JSON lines",
        details: [
            "The first line of a CSV file names the columns. A column means the field whose alias or label it has, "
                + "whatever its capitals and hyphens; --map says so for others. A column tags has tags with “|”, a "
                + "comma or a semicolon between them. Commas, semicolons and tabs may stand between the values; for "
                + "another character the file begins with a line such as sep=|.",
            "Before anything is sent, the whole file is checked against the fields of the instance, their options "
                + "and lengths; --dry-run ends there. Contacts that have all the values already are not sent.",
            "What is done stands in a journal beside the file (FILE.journal). After an interruption the same command "
                + "goes on where it was. Rows that fail are written to a file with the reason (NAME.failed.csv), which "
                + "can be mended and imported. The exit code is 9 when rows failed, or not all of one was stored.",
        ],
        arguments: [
            Argument(name: "FILE", summary: "the file; - for standard input", content: .file)
        ],
        options: [
            Option(name: "dry-run", summary: "check every row, and send nothing"),
            Option(
                name: "map", value: "COLUMN=ALIAS",
                summary: "the field that a column means; COLUMN= leaves it out", repeats: true),
            Option(
                name: "ignore-unknown", summary: "leave out the columns that mean no field"),
            Option(
                name: "tag", value: "T", summary: "a tag to add to every contact", repeats: true),
            Option(
                name: "format", value: "F", summary: "how the file is built; by its name as a rule",
                content: .words(ImportFile.Format.allCases.map(\.rawValue))),
            Option(
                name: "encoding", value: "E",
                summary: "how its text is written; by its first bytes as a rule",
                content: .words(TextEncoding.allCases.map(\.rawValue))),
            Option(
                name: "journal", value: "F", summary: "the journal (FILE.journal)", content: .file),
            Option(
                name: "failed", value: "F",
                summary: "where failed rows go (NAME.failed.csv; nowhere for standard input)",
                content: .file),
            Option(name: "batch", value: "N", summary: "rows of one request, up to 200 (100)"),
            Option(
                name: "concurrency", value: "N", summary: "requests at the same time, up to 16 (4)"),
        ],
        examples: [
            Example("sesame contact import contacts.csv --dry-run", "Checks the file."),
            Example(
                "sesame contact import contacts.csv --map 'Work mail=email' --map 'Notes='",
                "Says what one column is, and leaves out another."),
            Example(
                "sesame contact import - --format jsonl --json <contacts.jsonl", "From a script."),
        ],
        run: runImport)
}

private func runImport(_ context: Context) throws(Failure) -> ExitCode {
    let options = try ImportOptions(context)
    let file = try ImportFile(options, context)
    let profile = try contactProfile(context)
    let url = try baseURL(of: profile, context)
    let fields = try askMautic(at: url, as: profile, context) { client async throws(MauticError) in
        try await client.fields()
    }
    if !fields.isComplete {
        context.output.note(
            "the role of this credential may not read the fields: types, options and lengths are not checked"
        )
    }
    let columns = ColumnMap(
        options.map, tags: options.tags, fields: fields, ignoresUnknown: options.ignoresUnknown)
    return try context.terminal.deferringInterruption { () throws(Failure) -> ExitCode in
        guard !options.isDryRun else {
            return try report(file.check(columns, nil, context), file, context)
        }
        let run = ContactImportRun(
            file: file, options: options, columns: columns, profile: profile, url: url)
        return try run.perform(context)
    }
}

/// Says what can be done about rows that are no text in the encoding of the file.
func tell(misencodedIn check: ContactCheck, _ file: ImportFile, _ context: Context) {
    guard check.misencoded > 0, !context.terminal.isInterrupted else { return }
    let advice =
        file.encoding == nil
        ? "; if that is how the whole file is written: --encoding windows-1252" : ""
    context.output.note(
        "\(counted(check.misencoded, "row")) cannot be read as \(file.encoding?.rawValue ?? "UTF-8")\(advice)"
    )
}

private func report(
    _ check: ContactCheck, _ file: ImportFile, _ context: Context
) throws(Failure) -> ExitCode {
    if context.terminal.isInterrupted { throw .interrupted }
    tell(misencodedIn: check, file, context)
    for defect in check.defects { context.output.warning(defect) }
    if check.defective > check.defects.count {
        context.output.note("… and \(counted(check.defective - check.defects.count, "more row"))")
    }
    if check.repeatedAddresses > 0 {
        let addresses =
            check.repeatedAddresses == 1
            ? "1 address stands" : "\(check.repeatedAddresses) addresses stand"
        context.output.note("\(addresses) in more than one row; the last one counts")
    }
    if context.output.isJSON {
        try context.output.object(check.json)
    } else {
        try context.output.line(
            "\(counted(check.rows, "row")): \(check.rows - check.defective) can be sent, \(check.defective) cannot; nothing was sent"
        )
    }
    return check.defective == 0 ? .done : .partlyStored
}
