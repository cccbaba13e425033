import SesameHTTPServer
import SesameJSON

extension Issuer {
    /// `POST /api/contacts/batch/new`: always 201; each item has a status of its own.
    mutating func newContacts(
        _ caller: MauticCaller, _ exchange: Exchange
    ) throws(MauticError) -> ServerResponse {
        let items: [ContactInput]
        switch try ContactInput.read(exchange) {
        case .list(let elements): items = elements
        case .object(let members): items = members.map(\.value)
        default: throw .crash(500)
        }
        guard items.count <= 200 else { throw .tooManyItems }
        for item in items { guard case .object = item else { throw .crash(500) } }
        return batch(items, caller, exchange)
    }

    private mutating func batch(
        _ items: [ContactInput], _ caller: MauticCaller, _ exchange: Exchange
    ) -> ServerResponse {
        var stored: [(Int, JSONValue)] = []
        var statuses: [JSONValue] = []
        var errors: [(Int, JSONValue)] = []
        for (index, item) in items.enumerated() {
            do throws(MauticError) {
                let change = try ContactChange(item, users: scenario.users)
                // Alone, a contact that is there is changed with the right to create; not so in a batch.
                guard caller.user.mayChangeContacts || !contacts.has(change) else {
                    throw .accessDenied
                }
                let (contact, isNew) = try contacts.upsert(
                    change, by: caller, at: exchange.now, agent: exchange.agent)
                stored.append((index, contact.json))
                statuses.append(.integer(isNew ? 201 : 200))
            } catch {
                errors.append((index, error.batchElement))
                statuses.append(.integer(Int64(error.status)))
            }
        }
        var members: [(String, JSONValue)] = [
            ("contacts", byIndex(stored)), ("statusCodes", .array(statuses)),
        ]
        if !errors.isEmpty { members.append(("errors", byIndex(errors))) }
        return .mautic(201, .object(members))
    }
}

extension MauticError {
    /// In a batch an element has both `details` and a `type` that is null.
    fileprivate var batchElement: JSONValue {
        guard case .object(let members) = element else { return element }
        return .object(members + (members.contains { $0.0 == "type" } ? [] : [("type", .null)]))
    }
}

/// An array when the numbers run from 0 without a gap, otherwise an object: PHP's arrays are both.
private func byIndex(_ items: [(Int, JSONValue)]) -> JSONValue {
    guard items.enumerated().contains(where: { $0.offset != $0.element.0 }) else {
        return .array(items.map(\.1))
    }
    return .object(items.map { (String($0.0), $0.1) })
}
