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
            case "eq": return contacts.find(email: value)
            case "in":
                return value.split(separator: ",").flatMap { contacts.find(email: String($0)) }
            default: break
            }
        }
        let text = query?["search"] ?? ""
        if text.hasPrefix("email:") { return contacts.find(email: String(text.dropFirst(6))) }
        if text.isEmpty { return contacts.sorted }
        return contacts.sorted.filter { $0.email?.contains(text.lowercased()) == true }
    }

    private func contactResponse(_ status: Int, _ contact: Contact) -> ServerResponse {
        .mautic(status, .object([("contact", contact.json)]))
    }

    /// Relative to the host, with the folder the instance lies in.
    private func location(_ contact: Contact, _ exchange: Exchange) -> String {
        (HTTPURL(exchange.issuer)?.path ?? "") + "/api/contacts/\(contact.id)"
    }
}

extension Exchange {
    var agent: String { request.fields["User-Agent"] ?? "" }
}
