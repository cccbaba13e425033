import SesameJSON
import SesameSecrets

/// A contact that is stored.
///
/// Every text in it is fit to be shown: what came from the server was sanitised.
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
            let text = texts.joined(separator: "|").sanitised(limit: 65_535)
            guard alias != "id", !text.isEmpty else { return nil }
            return Value(alias: alias.sanitised(limit: 64), text: text)
        }
        email = values.first { $0.alias == "email" }?.text
        tags = answer.tags.map { $0.sanitised(limit: 200) }
        added = answer.dates.added?.sanitised(limit: 40)
        modified = answer.dates.modified?.sanitised(limit: 40)
    }
}
