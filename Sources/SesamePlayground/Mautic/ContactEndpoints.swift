import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets

extension Issuer {
    /// `POST /api/contacts/new`: 201 for a new contact, 200 for one that was there.
    mutating func newContact(
        _ caller: MauticCaller, _ exchange: Exchange
    ) throws(MauticError) -> ServerResponse {
        let change = try ContactChange(try ContactInput.read(exchange), users: scenario.users)
        let (contact, isNew) = try contacts.upsert(
            change, by: caller, at: exchange.now, agent: exchange.agent)
        var response = contactResponse(isNew ? 201 : 200, contact)
        if isNew { response.fields.set("Location", location(contact, exchange)) }
        return response
    }

    func showContact(_ id: Int64) throws(MauticError) -> ServerResponse {
        guard let contact = contacts.find(id) else { throw .itemNotFound }
        return contactResponse(200, contact)
    }

    /// PATCH changes what is sent; PUT clears the rest, and creates a contact that is missing.
    mutating func editContact(
        _ id: Int64, isWhole: Bool, _ caller: MauticCaller, _ exchange: Exchange
    ) throws(MauticError) -> ServerResponse {
        let change = try ContactChange(try ContactInput.read(exchange), users: scenario.users)
        guard let old = contacts.find(id) else {
            guard isWhole else { throw .itemNotFound }
            let contact = contacts.add(change, by: caller, at: exchange.now, agent: exchange.agent)
            var response = contactResponse(201, contact)
            response.fields.set("Location", location(contact, exchange))
            return response
        }
        let contact = contacts.apply(
            change, to: old, isWhole ? .replace : .patch, by: caller, at: exchange.now,
            agent: exchange.agent)
        return contactResponse(200, contact)
    }

    mutating func deleteContact(_ id: Int64) throws(MauticError) -> ServerResponse {
        guard let contact = contacts.remove(id) else { throw .itemNotFound }
        return contactResponse(200, contact)
    }

    /// `total` is a text here, and `contacts` an object by number.
    func listContacts(_ exchange: Exchange) -> ServerResponse {
        let query = exchange.query
        let found = search(query)
        let start = query?["start"].flatMap(Int.init) ?? 0
        let limit = query?["limit"].flatMap(Int.init) ?? 30
        let page = found.dropFirst(max(0, start)).prefix(max(0, limit))
        return .mautic(
            200,
            .object([
                ("total", .string(String(found.count))),
                ("contacts", .object(page.map { (String($0.id), $0.json) })),
            ]))
    }

    private func search(_ query: ReceivedForm?) -> [Contact] {
        if query?["where[0][col]"] == "email", let value = query?["where[0][val]"] {
            switch query?["where[0][expr]"] {
            // Mautic encodes what comes in, and turns it back for a list only.
            case "eq":
                return value.contains { "'&".contains($0) } ? [] : contacts.find(email: value)
            case "in":
                return value.split(separator: ",").flatMap { contacts.find(email: String($0)) }
            default: break
            }
        }
        let text = (query?["search"] ?? "").lowercased()
        if text.isEmpty { return contacts.sorted }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        return contacts.sorted.filter { contact in
            switch (parts.first, parts.dropFirst().first) {
            case ("email", let value?): isLike([contact.email], value + "%")
            case ("tag", let value?): isLike(contact.tags.map(\.name), value + "%")
            default:
                isLike(
                    [contact.email] + ["firstname", "lastname", "company"].map(contact.text),
                    text.contains("%") ? text : "%\(text)%")
            }
        }
    }

    private func contactResponse(_ status: Int, _ contact: Contact) -> ServerResponse {
        .mautic(status, .object([("contact", contact.json)]))
    }

    /// Relative to the host, with the folder the instance lies in.
    private func location(_ contact: Contact, _ exchange: Exchange) -> String {
        (HTTPURL(exchange.issuer)?.path ?? "") + "/api/contacts/\(contact.id)"
    }
}

extension Contact {
    /// The value of a field that is a text.
    fileprivate func text(_ alias: String) -> String? {
        guard case .string(let text) = values[alias] else { return nil }
        return text
    }
}

/// Whether one of the texts is like a pattern, in which `%` stands for any characters as in SQL.
private func isLike(_ texts: [String?], _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "%", omittingEmptySubsequences: false)
    return texts.compactMap { $0?.lowercased() }.contains { text in
        guard parts.count > 1 else { return text == pattern }
        guard text.hasPrefix(parts[0]), text.hasSuffix(parts[parts.count - 1]) else { return false }
        var rest = text.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.ranges(of: part).first else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.count >= parts[parts.count - 1].count
    }
}

extension Exchange {
    var agent: String { request.fields["User-Agent"] ?? "" }
}
