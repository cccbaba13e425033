import SesameHTTP
import SesameJSON
import SesameSecrets

extension MauticClient {
    /// The contact fields of the instance.
    ///
    /// A role that may not read fields gets their names and types only, and no options. Where even that is not
    /// permitted, the table is empty.
    /// - Throws: ``MauticError`` of any kind but `notPermitted`.
    public func fields() async throws(MauticError) -> FieldTable {
        do {
            return table(
                of: try await exchange.answer(to: fullRequest), isComplete: true
            ) { $0["fields"] }
        } catch {
            guard case .notPermitted = error.code else { throw error }
        }
        do {
            return table(
                of: try await exchange.answer(to: lightRequest), isComplete: false
            ) { $0 }
        } catch {
            guard case .notPermitted = error.code else { throw error }
            return .unknown
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
        if let response = await exchange.promptAnswer(to: fullRequest) {
            return table(of: response, isComplete: true) { $0["fields"] }
        }
        return await exchange.promptAnswer(to: lightRequest).map {
            table(of: $0, isComplete: false) { $0 }
        } ?? .unknown
    }

    /// Its page has 30 fields unless more are asked for.
    private var fullRequest: HTTPRequest {
        var request = request("GET", "/api/fields/contact")
        request.url.query = "limit=500"
        return request
    }

    private var lightRequest: HTTPRequest { request("GET", "/api/contacts/list/fields") }

    private func table(
        of response: HTTPResponse, isComplete: Bool, _ part: (JSON) -> JSON?
    ) -> FieldTable {
        guard let json = try? JSON(parsing: response.body, limits: .ofLists) else {
            return .unknown
        }
        let fields = (part(json)?.list ?? []).compactMap { ContactField($0) }
        return FieldTable(fields.filter(\.isPublished), isComplete: isComplete)
    }
}
