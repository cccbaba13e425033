import SesameHTTP
import SesameJSON
import SesameSecrets

extension MauticClient {
    /// The contact fields of the instance.
    ///
    /// A role that may not read fields gets their names and types only, and no options. Where even that is not
    /// permitted, the table is empty. What stands before Mautic says nothing of the role.
    /// - Throws: ``MauticError`` of any kind but Mautic's own `notPermitted`.
    public func fields() async throws(MauticError) -> FieldTable {
        do {
            return FieldTable(try await allFields(), isComplete: true)
        } catch {
            guard error.isOfTheRole else { throw error }
        }
        do throws(MauticError) {
            let response = try await exchange.answer(to: lightRequest)
            guard let fields = list(in: response).flatMap(fields) else {
                throw notMautic(response, "the answer is no list of fields")
            }
            return FieldTable(fields, isComplete: false)
        } catch {
            guard error.isOfTheRole else { throw error }
            return .unknown
        }
    }

    /// Page by page, since an instance may have any number.
    private func allFields() async throws(MauticError) -> [ContactField] {
        var all: [ContactField] = []
        var start = 0
        while true {
            let response = try await exchange.answer(to: fullRequest(from: start))
            guard let json = list(in: response), let page = json["fields"].flatMap(fields) else {
                throw notMautic(response, "the answer is no list of fields")
            }
            all += page.filter { field in !all.contains { $0.alias == field.alias } }
            start += Self.fieldsOfPage
            let total = json["total"]?.wholeNumber ?? 0
            guard !page.isEmpty, start < 10_000, Int64(start) < total else { return all }
        }
    }

    /// A validation error with what the instance itself says about the fields, where it may be asked.
    ///
    /// Asked only after a refusal, to explain it: the normal case stays one request. The question
    /// needs a permission that a role for creating contacts often lacks, so its failure says nothing.
    func explained(_ error: MauticError) async -> MauticError {
        guard !error.fields.isEmpty, error.status == 400 else { return error }
        let known = await promptFields()
        var error = error
        for problem in error.fields {
            guard let hint = known[problem.alias]?.expectation else { continue }
            error.hints.append("\(problem.alias.sanitised()): \(hint)")
        }
        return error
    }

    /// The full list, else the lighter one, else nothing.
    private func promptFields() async -> FieldTable {
        if let response = await exchange.promptAnswer(to: fullRequest(from: 0)) {
            let page = list(in: response)?["fields"].flatMap(fields)
            return FieldTable(page ?? [], isComplete: true)
        }
        let light = await exchange.promptAnswer(to: lightRequest)
        return FieldTable(light.flatMap(list).flatMap(fields) ?? [], isComplete: false)
    }

    private static let fieldsOfPage = 500

    /// A page has 30 fields unless more are asked for.
    private func fullRequest(from start: Int) -> HTTPRequest {
        var request = request("GET", "/api/fields/contact")
        request.url.query = "limit=\(Self.fieldsOfPage)" + (start > 0 ? "&start=\(start)" : "")
        return request
    }

    private var lightRequest: HTTPRequest { request("GET", "/api/contacts/list/fields") }

    private func list(in response: HTTPResponse) -> JSON? {
        try? JSON(parsing: response.body, limits: .ofLists)
    }

    /// The published fields of a list; `nil` where it is none.
    private func fields(_ list: JSON) -> [ContactField]? {
        guard list.isObject || list.elements != nil else { return nil }
        return list.list.compactMap { ContactField($0) }.filter(\.isPublished)
    }
}
