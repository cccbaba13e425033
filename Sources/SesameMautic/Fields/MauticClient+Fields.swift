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
            return FieldTable(try await allFields(), isComplete: true)
        } catch {
            guard case .notPermitted = error.code else { throw error }
        }
        do throws(MauticError) {
            let response = try await exchange.answer(to: lightRequest)
            guard let fields = fields(in: response, whole) else {
                throw notMautic(response, "the answer is no list of fields")
            }
            return FieldTable(fields, isComplete: false)
        } catch {
            guard case .notPermitted = error.code else { throw error }
            return .unknown
        }
    }

    /// Page by page, since an instance may have any number.
    private func allFields() async throws(MauticError) -> [ContactField] {
        var all: [ContactField] = []
        var start = 0
        while true {
            let response = try await exchange.answer(to: fullRequest(from: start))
            guard let page = fields(in: response, memberOfList) else {
                throw notMautic(response, "the answer is no list of fields")
            }
            all += page.filter { field in !all.contains { $0.alias == field.alias } }
            start += Self.fieldsOfPage
            let total = (try? JSON(parsing: response.body, limits: .ofLists))?["total"]?.wholeNumber
            guard !page.isEmpty, start < 10_000, Int64(start) < total ?? 0 else { return all }
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
            return FieldTable(fields(in: response, memberOfList) ?? [], isComplete: true)
        }
        let light = await exchange.promptAnswer(to: lightRequest)
        return FieldTable(light.flatMap { fields(in: $0, whole) } ?? [], isComplete: false)
    }

    private static let fieldsOfPage = 500

    /// A page has 30 fields unless more are asked for.
    private func fullRequest(from start: Int) -> HTTPRequest {
        var request = request("GET", "/api/fields/contact")
        request.url.query = "limit=\(Self.fieldsOfPage)" + (start > 0 ? "&start=\(start)" : "")
        request.maximumResponseBytes = JSON.Limits.ofLists.bytes
        return request
    }

    private var lightRequest: HTTPRequest {
        var request = request("GET", "/api/contacts/list/fields")
        request.maximumResponseBytes = JSON.Limits.ofLists.bytes
        return request
    }

    /// The published fields of an answer; `nil` where it is none of Mautic's.
    private func fields(in response: HTTPResponse, _ part: (JSON) -> JSON?) -> [ContactField]? {
        guard let json = try? JSON(parsing: response.body, limits: .ofLists), let list = part(json),
            list.isObject || list.elements != nil
        else { return nil }
        return list.list.compactMap { ContactField($0) }.filter(\.isPublished)
    }
}

/// Where the fields stand in the answers to the two questions.
private func memberOfList(_ json: JSON) -> JSON? { json["fields"] }
private func whole(_ json: JSON) -> JSON? { json }
