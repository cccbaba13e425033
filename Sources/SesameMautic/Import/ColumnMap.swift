import SesameSecrets
import SesameSystem

/// Which field of a contact the columns of a file stand for.
public struct ColumnMap: Sendable {
    /// What a column is.
    public enum Target: Sendable, Hashable {
        case field(String)
        /// Several tags, with `|`, a comma or a semicolon between them.
        case tags
        case ignored
    }

    /// The column in which a file of failed rows says what is wrong with each; it is ignored when that is imported.
    public static let errorColumn = "sesame_error"

    let given: [String: Target]
    private let tags: [String]
    let table: FieldTable
    private let ignoresUnknown: Bool
    /// The fields by which Mautic finds an existing contact, as far as they may be known.
    let uniqueAliases: Set<String>
    /// What was found out about columns: the same few stand in every row.
    let known = Locked<[String: Target?]>([:])

    /// - Parameters:
    ///   - given: what a person said about columns; it wins over what their names say.
    ///   - tags: for every contact.
    ///   - ignoresUnknown: whether columns that mean no field are left out; they are an error otherwise.
    public init(
        _ given: [String: Target] = [:], tags: [String] = [], fields table: FieldTable,
        ignoresUnknown: Bool = false
    ) {
        self.given = given
        self.tags = tags
        self.table = table
        self.ignoresUnknown = ignoresUnknown
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
        let name = column.trimmingBlanks()
        if let target = given[column] ?? given[name] { return target }
        if column == Self.errorColumn { return .ignored }
        return meaning(of: name) ?? (ignoresUnknown ? .ignored : nil)
    }

    private func meaning(of name: String) -> Target? {
        if ["tags", "tag"].contains(name.lowercased()) { return .tags }
        if let field = table.field(meantBy: name) { return .field(field.alias) }
        // What Mailchimp and others call it.
        if name.lowercased() == "email address" { return .field("email") }
        guard table.all.isEmpty else { return nil }
        return isAlias(name) ? .field(name.lowercased()) : nil
    }
}

extension ColumnMap {
    private static let shownObjections = 10

    /// The contact that a row means.
    /// - Throws: all that is wrong with the row.
    public func draft(of row: ContactRow) throws(ContactRow.Defect) -> ContactDraft {
        var email = ""
        var fields: [ContactDraft.Field] = []
        var tags = tags
        var objections: [String] = []
        for value in try row.content.get() {
            var objection: String?
            switch target(of: value.column) {
            case .ignored: break
            case .tags: tags += Self.tags(in: value)
            case .field("email"):
                if email.trimmingBlanks().isEmpty {
                    email = value.text
                } else if !value.text.trimmingBlanks().isEmpty {
                    objection = "it is a second address"
                }
            case .field(let alias):
                guard !value.text.trimmingBlanks().isEmpty else { break }
                let field = table[alias]
                let text = field?.resolving(value.text) ?? value.text
                objection = field?.objection(to: text)
                fields.append(.init(alias: alias, value: text))
            case nil: objection = "no contact field is meant by it"
            }
            if let objection {
                objections.append("column “\(value.column.sanitised(limit: 60))”: \(objection)")
            }
        }
        do throws(MauticError) {
            let draft = try ContactDraft(email: email, fields: fields, tags: tags)
            if objections.isEmpty { return draft }
        } catch {
            guard !objections.isEmpty else {
                throw ContactRow.Defect(message: "line \(row.line): \(error.message)")
            }
            objections.append(error.message)
        }
        let shown = objections.prefix(Self.shownObjections).joined(separator: "; ")
        let rest = objections.count - Self.shownObjections
        throw ContactRow.Defect(
            message: "line \(row.line), \(shown)" + (rest > 0 ? "; and \(rest) more" : ""))
    }

    /// What a field takes, to be said where the server has refused a value of it without saying so.
    func expectation(of alias: String) -> String? { table[alias]?.expectation }

    private static func tags(in value: ContactRow.Value) -> [String] {
        (value.elements ?? parts(of: value.text)).map { $0.trimmingBlanks() }
            .filter { !$0.isEmpty }
    }

    private static func parts(of text: String) -> [String] {
        if text.utf8.contains(quote), let parts = partsWithQuotes(of: text) { return parts }
        return text.split(whereSeparator: isSeparator).map(String.init)
    }

    /// Parts of which each may stand between quotes, as some programs write them all; `nil` where the quotes mean
    /// something else.
    private static func partsWithQuotes(of text: String) -> [String]? {
        var parts: [String] = []
        var rest = text[...]
        while true {
            rest = rest.drop(while: \.isWhitespace)
            if rest.first == "\"" {
                guard let part = quotedPart(of: &rest) else { return nil }
                parts.append(part)
                rest = rest.drop(while: \.isWhitespace)
            } else {
                let part = rest.prefix { !isSeparator($0) }
                parts.append(String(part))
                rest = rest[part.endIndex...]
            }
            guard let next = rest.popFirst() else { return parts }
            guard isSeparator(next) else { return nil }
        }
    }

    /// Takes what stands between quotes, where two of them mean one; `nil` where they are not closed.
    private static func quotedPart(of rest: inout Substring) -> String? {
        var part = ""
        rest.removeFirst()
        while let character = rest.popFirst() {
            if character == "\"" {
                guard rest.first == "\"" else { return part }
                rest.removeFirst()
            }
            part.append(character)
        }
        return nil
    }

    private static func isSeparator(_ character: Character) -> Bool {
        character == "|" || character == "," || character == ";"
    }
}
