import SesameSecrets

/// The contact fields of an instance, as far as they may be known.
public struct FieldTable: Sendable {
    /// The fields in the order in which the instance lists them.
    public let all: [ContactField]
    /// Whether types, options and limits are known; a role that may not read fields gets names at most.
    public let isComplete: Bool
    private let byAlias: [String: ContactField]

    /// Makes a table of fields that are known beforehand.
    /// - Parameter isComplete: whether their types, options and limits are known.
    public init(_ fields: [ContactField], isComplete: Bool = true) {
        all = fields
        self.isComplete = isComplete
        byAlias = Dictionary(fields.map { ($0.alias, $0) }) { first, _ in first }
    }

    /// Nothing is known.
    static let unknown = FieldTable([], isComplete: false)

    /// The field of this alias.
    public subscript(alias: String) -> ContactField? { byAlias[alias] }

    /// The field that a column of a spreadsheet means: by its alias or its label, whatever its capitals, blanks and
    /// hyphens; `nil` where there is none or more than one.
    func field(meantBy column: String) -> ContactField? {
        if let exact = byAlias[column] { return exact }
        let wanted = letters(of: column)
        let named = all.filter { letters(of: $0.alias) == wanted }
        if named.count == 1 { return named[0] }
        let labelled = all.filter { letters(of: $0.label) == wanted }
        return labelled.count == 1 ? labelled[0] : nil
    }

    /// The alias that is most like a name, if one is like it at all.
    func nearestAlias(to name: String) -> String? {
        nearestName(to: name.lowercased(), among: all.map(\.alias))
    }

    private func letters(of name: String) -> String {
        String(name.lowercased().filter { $0.isLetter || $0.isNumber })
    }
}
