import SesameJSON

/// A contact that is stored.
///
/// Its texts are just what the server has: whatever shows them has to take out what could fool a terminal.
public struct Contact: Sendable, Hashable {
    /// A field that has a value.
    public struct Value: Sendable, Hashable {
        /// The name by which the API knows the field.
        public let alias: String
        /// The value as text, in the server's spelling.
        public let text: String
    }

    /// Its number.
    public let id: Int64
    /// Its address, if it has one.
    public let email: String?
    /// The fields that have a value, in the server's order.
    public let values: [Value]
    /// Its tags.
    public let tags: [String]
    /// When it was made, in the server's spelling.
    public let added: String?
    /// When the server says that it was changed last.
    ///
    /// Mautic 6.0 does not always move it (mautic/mautic issue 15418).
    public let modified: String?

    /// The value of a field, if it has one.
    public subscript(alias: String) -> String? { values.first { $0.alias == alias }?.text }

    init(_ answer: ContactAnswer) {
        id = answer.id
        values = answer.fields.compactMap { alias, value in
            let texts = value.text.map { [$0] } ?? value.list.compactMap(\.text)
            let text = texts.joined(separator: "|")
            guard alias != "id", !text.isEmpty else { return nil }
            return Value(alias: alias, text: text)
        }
        email = values.first { $0.alias == "email" }?.text
        tags = answer.tags
        added = answer.dates.added
        modified = answer.dates.modified
    }
}
