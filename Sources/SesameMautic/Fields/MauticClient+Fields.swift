import SesameHTTP
import SesameJSON
import SesameSecrets

/// A contact field as the instance defines it.
struct ContactField {
    let alias: String
    let type: String?
    /// The values that a select takes, in order.
    let options: [String]
    let lengthLimit: Int64?

    init?(_ json: JSON) {
        guard let alias = json["alias"]?.string else { return nil }
        self.alias = alias
        type = json["type"]?.string
        options = (json["properties"]?["list"]?.list ?? []).compactMap { ($0["value"] ?? $0).text }
        lengthLimit = json["charLengthLimit"]?.wholeNumber
    }
}

extension MauticClient {
    /// A validation error with what the instance itself says about the fields, where it may be asked.
    ///
    /// Asked only after a refusal, to explain it: the normal case stays one request. The question
    /// needs a permission that a role for creating contacts often lacks, so its failure says nothing.
    func explained(_ error: MauticError) async -> MauticError {
        guard !error.fields.isEmpty, error.status == 400 else { return error }
        let known = await contactFields()
        var error = error
        for problem in error.fields {
            guard let field = known.first(where: { $0.alias == problem.alias }),
                let hint = hint(for: field)
            else { continue }
            error.hints.append("\(problem.alias.sanitised()): \(hint)")
        }
        return error
    }

    /// The full list, else the lighter one, else nothing.
    private func contactFields() async -> [ContactField] {
        var request = request("GET", "/api/fields/contact")
        request.url.query = "limit=500"
        if let response = await exchange.promptAnswer(to: request) {
            return fields(in: response) { $0["fields"] }
        }
        let lighter = self.request("GET", "/api/contacts/list/fields")
        return await exchange.promptAnswer(to: lighter).map { fields(in: $0) { $0 } } ?? []
    }

    private func fields(in response: HTTPResponse, _ part: (JSON) -> JSON?) -> [ContactField] {
        guard let json = try? JSON(parsing: response.body) else { return [] }
        return (part(json)?.list ?? []).compactMap(ContactField.init)
    }

    private func hint(for field: ContactField) -> String? {
        if !field.options.isEmpty {
            let shown = field.options.prefix(20).map { $0.sanitised(limit: 40) }
            let rest = field.options.count > shown.count ? ", …" : ""
            return "it takes " + shown.joined(separator: ", ") + rest
        }
        return switch field.type {
        case "number": "it takes a number, such as 12.5"
        case "country": "it takes the English name of a country, such as Switzerland"
        case "url": "it takes a web address"
        case "text", "textarea": field.lengthLimit.map { "it takes at most \($0) characters" }
        default: nil
        }
    }
}
