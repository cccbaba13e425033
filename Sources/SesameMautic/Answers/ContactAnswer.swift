import SesameHTTP
import SesameJSON
import SesameSecrets

/// A contact as an answer of Mautic shows it.
struct ContactAnswer {
    let id: Int64
    /// Each alias and what is stored under it, `null` where nothing is, in the order of the answer.
    let fields: [(alias: String, value: JSON)]
    /// The type of each field, as far as the answer says it.
    let types: [String: String]
    /// The contact's tags.
    let tags: [String]
    /// When it was made, and changed last, in the server's spelling.
    let dates: (added: String?, modified: String?)
    /// The same as ``fields``, to be looked up.
    let values: [String: JSON]

    /// Reads the answer to a question about one contact; `nil` when there is no contact in it.
    init?(_ response: HTTPResponse) {
        guard let json = try? JSON(parsing: response.body, limits: .ofLists),
            let contact = json["contact"]
        else {
            return nil
        }
        self.init(contact)
    }

    /// Reads one contact; `nil` when it has no number.
    init?(_ contact: JSON) {
        guard let id = (contact["id"] ?? contact["fields"]?["all"]?["id"])?.wholeNumber else {
            return nil
        }
        self.id = id
        let groups = contact["fields"]?.entries ?? []
        let all = groups.first { $0.name == "all" }?.value.entries ?? []
        fields = all.map { (alias: $0.name, value: $0.value) }
        values = Dictionary(all.map { ($0.name, $0.value) }) { first, _ in first }
        types = Self.types(in: groups)
        tags = (contact["tags"]?.list ?? []).compactMap { ($0["tag"] ?? $0).string }
        dates = (contact["dateAdded"]?.text, contact["dateModified"]?.text)
    }

    private static func types(in groups: [(name: String, value: JSON)]) -> [String: String] {
        let fields = groups.filter { $0.name != "all" }.flatMap { $0.value.entries }
        let pairs = fields.compactMap { alias, field in
            field["type"]?.string.map { ((field["alias"]?.string ?? alias), $0) }
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
