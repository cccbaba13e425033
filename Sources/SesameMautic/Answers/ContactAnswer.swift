import SesameHTTP
import SesameJSON
import SesameSecrets

/// The contact in an answer of Mautic.
struct ContactAnswer {
    let id: Int64
    /// Each alias and what is stored under it; `null` where nothing is.
    let values: [String: JSON]
    /// The type of each field, as far as the answer says it.
    let types: [String: String]
    /// The contact's tags.
    let tags: [String]

    /// Reads an answer; `nil` when there is no contact in it.
    init?(_ response: HTTPResponse) {
        guard let json = try? JSON(parsing: response.body), let contact = json["contact"],
            let id = (contact["id"] ?? contact["fields"]?["all"]?["id"])?.wholeNumber
        else { return nil }
        self.id = id
        let groups = contact["fields"]?.entries ?? []
        values = Self.values(in: groups)
        types = Self.types(in: groups)
        tags = (contact["tags"]?.list ?? []).compactMap { ($0["tag"] ?? $0).string }
    }

    private static func values(in groups: [(name: String, value: JSON)]) -> [String: JSON] {
        let flat = groups.first { $0.name == "all" }?.value.entries ?? []
        return Dictionary(flat.map { ($0.name, $0.value) }) { first, _ in first }
    }

    private static func types(in groups: [(name: String, value: JSON)]) -> [String: String] {
        let fields = groups.filter { $0.name != "all" }.flatMap { $0.value.entries }
        let pairs = fields.compactMap { alias, field in
            field["type"]?.string.map { ((field["alias"]?.string ?? alias), $0) }
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
