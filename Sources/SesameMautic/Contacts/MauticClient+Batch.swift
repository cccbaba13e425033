import SesameHTTP
import SesameJSON
import SesameSecrets

extension MauticClient {
    /// The most contacts that a batch may have, by what Mautic is set to when nobody changed it.
    public static let usualBatchLimit = 200

    /// Creates or updates several contacts with one request, in their order.
    ///
    /// Two of one address are safe in one batch, where the second updates the first; in two that are under way at the
    /// same time they make duplicates.
    /// - Returns: for each contact in order what became of it, or why it was refused.
    /// - Throws: ``MauticError`` where the batch as a whole was not taken.
    public func create(
        batch: [ContactDraft]
    ) async throws(MauticError) -> [Result<ContactResult, MauticError>] {
        try await create(batch: batch, .person)
    }

    func create(
        batch: [ContactDraft], _ patience: RetryRules.Patience
    ) async throws(MauticError) -> [Result<ContactResult, MauticError>] {
        guard !batch.isEmpty else { return [] }
        var request = request("POST", "/api/contacts/batch/new")
        request.fields.set("Content-Type", "application/json")
        request.body = JSONValue.array(batch.map(\.json)).encoded()
        request.timeout = 120
        let response = try await exchange.answer(to: request, patience)
        guard let json = try? JSON(parsing: response.body, limits: .ofLists),
            let statuses = json["statusCodes"]?.list, statuses.count == batch.count
        else {
            throw notMautic(
                response,
                "the answer (HTTP \(response.status)) is none to a batch of \(batch.count): what was stored is not known"
            )
        }
        let contacts = byPosition(json["contacts"])
        let errors = byPosition(json["errors"])
        var outcomes: [Result<ContactResult, MauticError>] = []
        for (index, draft) in batch.enumerated() {
            let status = Int(clamping: statuses[index].wholeNumber ?? 0)
            guard (200...299).contains(status) else {
                outcomes.append(.failure(MauticError(item: errors[index], status: status)))
                continue
            }
            guard let answer = contacts[index].flatMap({ ContactAnswer($0) }) else {
                outcomes.append(
                    .failure(
                        notMautic(
                            response,
                            "the answer does not show this contact: whether it was stored is not known"
                        )))
                continue
            }
            outcomes.append(.success(ContactResult(answer, status: status, to: draft)))
        }
        return outcomes
    }
}

/// Elements by their position: a list without gaps is an array, one with gaps an object.
private func byPosition(_ json: JSON?) -> [Int: JSON] {
    if let elements = json?.elements {
        return Dictionary(
            uniqueKeysWithValues: elements.enumerated().map { ($0.offset, $0.element) })
    }
    let pairs = (json?.entries ?? []).compactMap { name, value in Int(name).map { ($0, value) } }
    return Dictionary(pairs) { first, _ in first }
}
