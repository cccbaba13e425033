import SesameSecrets
import SesameSystem

// What can be said of the columns before a row is read.
extension ColumnMap {
    /// Checks a header before anything is sent.
    /// - Throws: ``ContactFileError``, which names the columns that nobody knows, or that say the same.
    public func check(_ columns: [String]) throws(ContactFileError) {
        if let absent = given.keys.sorted().first(where: { !columns.contains($0) }) {
            let like = nearestName(to: absent, among: columns)
            throw ContactFileError(
                "there is no column “\(absent.sanitised(limit: 60))”",
                hints: like.map { ["did you mean: \($0.sanitised(limit: 60))"] } ?? [])
        }
        try expectMeaning(columns.filter { target(of: $0) == nil })
        var meant: [Target: String] = [:]
        for column in columns {
            guard let target = target(of: column), target != .ignored, target != .tags else {
                continue
            }
            if let other = meant[target] {
                throw ContactFileError(
                    "the columns \(quoted([other, column], " and ")) mean the same field",
                    hints: ["leave one out: --map \(shellWord(column + "="))"])
            }
            meant[target] = column
        }
        guard meant[.field("email")] != nil else {
            throw ContactFileError(
                "no column has the email addresses", hints: ["name it: --map 'COLUMN=email'"])
        }
    }

    /// Checks what a person said, in which an alias may be wrong.
    public func checkGiven() throws(ContactFileError) {
        for case (let column, .field(let alias)) in given.sorted(by: { $0.key < $1.key })
        where !table.all.isEmpty && table[alias] == nil {
            let like =
                table.nearestAlias(to: alias).map { ["did you mean: \($0.sanitised())"] } ?? []
            throw ContactFileError(
                "--map '\(column.sanitised(limit: 60))=…': this Mautic has no contact field “\(alias.sanitised(limit: 60))”",
                hints: like)
        }
    }

    /// The columns met so far that are left out although nobody has named them: one may be a misspelt field.
    public var leftOut: [String] {
        known.withLock { $0 }.filter { column, target in
            target == .ignored && given[column] == nil && column != Self.errorColumn
        }.keys.sorted()
    }

    private func expectMeaning(_ unknown: [String]) throws(ContactFileError) {
        guard let first = unknown.first else { return }
        let like = table.nearestAlias(to: first) ?? "ALIAS"
        let one =
            "say what it is: --map \(shellWord("\(first)=\(like)")); or leave it out: --map \(shellWord(first + "="))"
        guard unknown.count > 1 else {
            throw ContactFileError(
                "no contact field is meant by the column \(quoted(unknown))",
                hints: [one, "sesame contact fields lists the fields"])
        }
        throw ContactFileError(
            "no contact fields are meant by the columns \(listed(columns: unknown))",
            hints: [
                "“\(first.sanitised(limit: 60))”: \(one)",
                "leave all of them out: --ignore-unknown", "sesame contact fields lists the fields",
            ])
    }
}

/// Names of columns for a person, up to a hundred.
package func listed(columns: [String]) -> String {
    let rest = columns.count > 100 ? " and \(columns.count - 100) more" : ""
    return quoted(columns.prefix(100)) + rest
}

private func quoted(_ columns: some Sequence<String>, _ separator: String = ", ") -> String {
    columns.map { "“\($0.sanitised(limit: 60))”" }.joined(separator: separator)
}
