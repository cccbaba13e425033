import SesameSecrets
import SesameSystem

/// Which field of a contact the columns of a file stand for.
public struct ColumnMap: Sendable {
    /// What a column is.
    public enum Target: Sendable, Hashable {
        case field(String)
        /// Several tags, with `|` or a comma between them.
        case tags
        case ignored
    }

    /// The column in which a file of failed rows says what is wrong with each; it is ignored when that is imported.
    public static let errorColumn = "sesame_error"

    private let given: [String: Target]
    private let tags: [String]
    private let table: FieldTable
    /// The fields by which Mautic finds an existing contact, as far as they may be known.
    let uniqueAliases: Set<String>
    /// What was found out about columns: the same few stand in every row.
    private let known = Locked<[String: Target?]>([:])

    /// - Parameters:
    ///   - given: what a person said about columns; it wins over what their names say.
    ///   - tags: for every contact.
    public init(
        _ given: [String: Target] = [:], tags: [String] = [], fields table: FieldTable
    ) {
        self.given = given
        self.tags = tags
        self.table = table
        uniqueAliases = Set(table.all.filter(\.isUnique).map(\.alias))
    }

    /// What a column stands for; `nil` where nobody can tell.
    public func target(of column: String) -> Target? {
        if let target = known.withLock({ $0[column] }) { return target }
        let target = findTarget(of: column)
        known.withLock { known in
            // Rows of JSON may each have other names.
            if known.count < 20_000 { known[column] = .some(target) }
        }
        return target
    }

    private func findTarget(of column: String) -> Target? {
        if let target = given[column] { return target }
        if column == Self.errorColumn { return .ignored }
        let name = column.trimmingBlanks()
        if ["tags", "tag"].contains(name.lowercased()) { return .tags }
        if let field = table.field(meantBy: name) { return .field(field.alias) }
        guard table.all.isEmpty else { return nil }
        return isAlias(name) ? .field(name.lowercased()) : nil
    }

    /// Checks a header before anything is sent.
    /// - Throws: ``ContactFileError``, which names the columns that nobody knows, or that say the same.
    public func check(_ columns: [String]) throws(ContactFileError) {
        if let absent = given.keys.sorted().first(where: { !columns.contains($0) }) {
            let like = nearestName(to: absent, among: columns)
            throw ContactFileError(
                "there is no column “\(absent.sanitised(limit: 60))”",
                hints: like.map { ["did you mean: \($0.sanitised(limit: 60))"] } ?? [])
        }
        let unknown = columns.filter { target(of: $0) == nil }
        if let first = unknown.first {
            let names = unknown.prefix(5).map { "“\($0.sanitised(limit: 60))”" }.joined(
                separator: ", ")
            let rest = unknown.count > 5 ? " and \(unknown.count - 5) more" : ""
            throw ContactFileError(
                unknown.count == 1
                    ? "no contact field is meant by the column \(names)"
                    : "no contact fields are meant by the columns \(names)\(rest)",
                hints: [hint(for: first), "sesame contact fields lists the fields"])
        }
        var meant: [Target: String] = [:]
        for column in columns {
            guard let target = target(of: column), target != .ignored, target != .tags else {
                continue
            }
            if let other = meant[target] {
                throw ContactFileError(
                    "the columns “\(other.sanitised(limit: 60))” and “\(column.sanitised(limit: 60))” mean the same field",
                    hints: ["leave one out: --map '\(column.sanitised(limit: 60))='"])
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

    private func hint(for column: String) -> String {
        let name = column.sanitised(limit: 60)
        let like = table.nearestAlias(to: column) ?? "ALIAS"
        return
            "say what it is: --map '\(name)=\(like.sanitised())'; or leave it out: --map '\(name)='"
    }

    /// The contact that a row means.
    /// - Throws: what is wrong with the row.
    public func draft(of row: ContactRow) throws(ContactRow.Defect) -> ContactDraft {
        let values = try row.content.get()
        var email = ""
        var fields: [ContactDraft.Field] = []
        var tags = tags
        for value in values {
            switch target(of: value.column) {
            case .ignored: break
            case .tags: tags += self.tags(in: value.text)
            case .field("email"):
                guard email.isEmpty else {
                    throw defect(row, value.column, "it is a second address")
                }
                email = value.text
            case .field(let alias):
                guard !value.text.trimmingBlanks().isEmpty else { break }
                fields.append(try field(alias, value, row))
            case nil:
                throw defect(row, value.column, "no contact field is meant by it")
            }
        }
        do throws(MauticError) {
            return try ContactDraft(email: email, fields: fields, tags: tags)
        } catch {
            throw ContactRow.Defect(message: "line \(row.line): \(error.message)")
        }
    }

    private func field(
        _ alias: String, _ value: ContactRow.Value, _ row: ContactRow
    ) throws(ContactRow.Defect) -> ContactDraft.Field {
        guard let field = table[alias] else { return .init(alias: alias, value: value.text) }
        let text = field.resolving(value.text)
        if let objection = field.objection(to: text) { throw defect(row, value.column, objection) }
        return .init(alias: alias, value: text)
    }

    private func tags(in text: String) -> [String] {
        text.split { $0 == "|" || $0 == "," }.map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
    }

    private func defect(_ row: ContactRow, _ column: String, _ words: String) -> ContactRow.Defect {
        ContactRow.Defect(
            message: "line \(row.line), column “\(column.sanitised(limit: 60))”: \(words)")
    }
}
