import SesameHTTP
import SesameJSON
import SesameSecrets

extension MauticClient {
    /// One contact.
    /// - Throws: ``MauticError``: `notFound` where there is none, `refused` where several have the address.
    public func contact(_ reference: ContactReference) async throws(MauticError) -> Contact {
        switch reference {
        case .id(let id):
            let response = try await exchange.answer(to: request("GET", "/api/contacts/\(id)"))
            return Contact(try answer(in: response))
        case .email(let email):
            let found = try await contacts(withEmails: [email])
            guard let contact = found.first else {
                throw MauticError(
                    .notFound, "no contact has the address \(email.sanitised(limit: 254))")
            }
            guard found.count == 1 else {
                let ids = found.map { String($0.id) }.joined(separator: ", ")
                throw MauticError(
                    .refused,
                    "\(found.count) contacts have the address \(email.sanitised(limit: 254)): \(ids)",
                    hints: ["name one by its number, or merge them in Mautic"])
            }
            return Contact(contact)
        }
    }

    /// Contacts that Mautic's own search finds, such as `email:%@example.org` or `tag:vip`.
    /// - Parameters:
    ///   - start: how many of those found are left out at the beginning.
    ///   - limit: how many are given at the most.
    /// - Returns: a page of them, and how many there are.
    public func search(
        _ text: String, start: Int64 = 0, limit: Int64 = 30
    ) async throws(MauticError) -> (contacts: [Contact], total: Int64) {
        let (found, total) = try await list([
            ("search", text), ("start", String(start)), ("limit", String(limit)),
            ("orderBy", "id"), ("orderByDir", "asc"),
        ])
        return (found.map { Contact($0) }, total ?? Int64(found.count))
    }

    /// Changes a contact that is there, and compares what is stored with what was sent.
    /// - Throws: ``MauticError``; nothing that was accepted is ever an error.
    public func update(
        _ reference: ContactReference, _ change: ContactChange
    ) async throws(MauticError) -> (contact: Contact, shortfalls: [Shortfall]) {
        let id = try await number(of: reference)
        var request = request("PATCH", "/api/contacts/\(id)/edit")
        request.fields.set("Content-Type", "application/json")
        request.body = change.body
        do {
            let answer = try answer(in: try await exchange.answer(to: request))
            return (Contact(answer), SesameMautic.shortfalls(of: change, in: answer))
        } catch {
            guard case .validation = error.code else { throw error }
            throw await explained(error)
        }
    }

    /// Deletes a contact.
    /// - Returns: the contact as it was.
    /// - Throws: ``MauticError``: `refused` where the number is that of a contact which was merged into another one.
    public func delete(_ reference: ContactReference) async throws(MauticError) -> Contact {
        let before = try await contact(reference)
        if case .id(let id) = reference, before.id != id {
            throw MauticError(merged: id, into: before.id)
        }
        let request = request("DELETE", "/api/contacts/\(before.id)/delete")
        let response: HTTPResponse
        do {
            response = try await exchange.answer(to: request)
        } catch {
            // It was there a moment ago: an answer that was lost was about this, unless it is there still.
            guard case .notFound = error.code, await isGone(before.id) else { throw error }
            return before
        }
        guard let json = try? JSON(parsing: response.body, limits: .ofLists),
            json["contact"]?.isObject == true
        else {
            throw notMautic(
                response,
                "the answer (HTTP \(response.status)) does not say that it was deleted")
        }
        return before
    }

    /// Whether the server knows no contact of this number any more.
    private func isGone(_ id: Int64) async -> Bool {
        do throws(MauticError) {
            _ = try await contact(.id(id))
            return false
        } catch {
            guard case .notFound = error.code else { return false }
            return error.dialect == .controller
        }
    }

    /// The contacts that have one of these addresses, whatever its capitals.
    ///
    /// An answer that has others in it as well is no surprise: a server may not know the filter.
    func contacts(
        withEmails emails: [String], _ patience: RetryRules.Patience = .person
    ) async throws(MauticError) -> [ContactAnswer] {
        let wanted = Set(emails.map { $0.lowercased() })
        // What Mautic makes of these on the way in, such as &#39;, it turns back for a list only.
        let isPlain = emails.allSatisfy { !$0.contains { "'&".contains($0) } }
        let (found, _) = try await list(
            [
                ("where[0][col]", "email"),
                ("where[0][expr]", wanted.count == 1 && isPlain ? "eq" : "in"),
                ("where[0][val]", emails.joined(separator: ",")),
                // Several may share an address.
                ("limit", String(wanted.count + 20)),
            ], patience)
        return found.filter { contact in
            contact.values["email"]?.text.map { wanted.contains($0.trimmingBlanks().lowercased()) }
                ?? false
        }
    }

    /// The number of a contact.
    package func number(of reference: ContactReference) async throws(MauticError) -> Int64 {
        if case .id(let id) = reference { return id }
        return try await contact(reference).id
    }

    /// An empty list is an array, a filled one an object by number.
    private func list(
        _ query: [(String, String)], _ patience: RetryRules.Patience = .person
    ) async throws(MauticError) -> (contacts: [ContactAnswer], total: Int64?) {
        var parameters = FormParameters()
        for (name, value) in query { parameters.append(name, value) }
        var request = request("GET", "/api/contacts")
        request.url.query = parameters.encodedText
        let response = try await exchange.answer(to: request, patience)
        guard let json = try? JSON(parsing: response.body, limits: .ofLists),
            let contacts = json["contacts"]
        else {
            throw notMautic(response, "the answer is no list of contacts")
        }
        return (contacts.list.compactMap { ContactAnswer($0) }, json["total"]?.wholeNumber)
    }

    private func answer(in response: HTTPResponse) throws(MauticError) -> ContactAnswer {
        guard let answer = ContactAnswer(response) else {
            throw notMautic(
                response, "the answer (HTTP \(response.status)) has no contact in it")
        }
        return answer
    }
}

extension MauticError {
    /// A contact that is to be deleted is only a part of another one.
    package init(merged id: Int64, into other: Int64) {
        self.init(
            .refused, "what was contact \(id) is a part of contact \(other) now",
            hints: ["if that is the one to delete: name it by its number"])
    }
}

extension JSON.Limits {
    /// A contact has about seven kilobytes and three hundred values, and may have fields of 64 kilobytes.
    static var ofLists: JSON.Limits {
        var limits = JSON.Limits()
        limits.bytes = 8 << 20
        limits.values = 1_000_000
        return limits
    }
}
