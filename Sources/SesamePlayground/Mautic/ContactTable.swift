import SesameJSON
import SesameSystem

/// All contacts of an instance.
struct ContactTable: Sendable {
    /// How a change came to a contact.
    enum Manner: Sendable {
        /// POST: fields that were not sent are blanked if the caller wants blanks to count.
        case upsert
        /// PATCH: only fields that were sent change.
        case patch
        /// PUT: fields that were not sent are cleared.
        case replace
    }

    private var contacts: [Int64: Contact] = [:]
    private var byEmail: [String: [Int64]] = [:]
    private var tagNumbers: [String: Int64] = [:]
    // A fresh instance has a first contact already: its own administrator.
    private var lastID: Int64 = 1

    var count: Int { contacts.count }

    /// How many addresses more than one contact has.
    var sharedAddresses: Int { byEmail.values.count { $0.count > 1 } }

    /// All contacts by number.
    var sorted: [Contact] { contacts.values.sorted { $0.id < $1.id } }

    func find(_ id: Int64) -> Contact? { contacts[id] }

    func find(email: String) -> [Contact] {
        (byEmail[email.lowercased()] ?? []).compactMap { contacts[$0] }
    }

    /// Whether there is a contact that this would change.
    func has(_ change: ContactChange) -> Bool {
        guard case .string(let email) = change.values["email"] else { return false }
        return !find(email: email).isEmpty
    }

    /// Creates a contact, or changes the one that has this email already.
    /// - Throws: the refusal when two have it.
    mutating func upsert(
        _ change: ContactChange, by caller: MauticCaller, at now: Timestamp, agent: String
    ) throws(MauticError) -> (Contact, isNew: Bool) {
        var matching: [Contact] = []
        if case .string(let email) = change.values["email"] { matching = find(email: email) }
        guard matching.count < 2 else { throw .notUnique }
        if let old = matching.first {
            return (apply(change, to: old, .upsert, by: caller, at: now, agent: agent), false)
        }
        return (add(change, by: caller, at: now, agent: agent), true)
    }

    /// Creates a contact without looking for another one, as a race does.
    @discardableResult
    mutating func add(
        _ change: ContactChange, by caller: MauticCaller, at now: Timestamp, agent: String
    ) -> Contact {
        lastID += 1
        let contact = Contact(id: lastID, by: caller, at: now)
        return apply(change, to: contact, .patch, by: caller, at: now, agent: agent)
    }

    /// Changes a contact.
    mutating func apply(
        _ change: ContactChange, to old: Contact, _ manner: Manner, by caller: MauticCaller,
        at now: Timestamp, agent: String
    ) -> Contact {
        var contact = old
        switch manner {
        case .replace: contact.values = [:]
        case .upsert where change.overwritesWithBlank: contact.values = [:]
        case .patch where change.overwritesWithBlank:
            for alias in change.blanks { contact.values[alias] = nil }
        case .upsert, .patch: break
        }
        contact.values.merge(change.values) { _, new in new }
        contact.modified = now
        contact.modifiedBy = caller.createdBy
        contact.modifiedByName = caller.createdByName
        contact.owner = change.owner ?? contact.owner
        contact.lastActive = change.lastActive ?? contact.lastActive
        if contact.identified == nil, contact.email != nil { contact.identified = now }
        if let address = change.address, !isBot(agent), !contact.addresses.contains(address) {
            contact.addresses.append(address)
        }
        for tag in change.tags { apply(tag: tag, to: &contact) }
        store(contact, insteadOf: contacts[contact.id])
        return contact
    }

    mutating func remove(_ id: Int64) -> Contact? {
        guard let contact = contacts.removeValue(forKey: id) else { return nil }
        if let email = contact.email { byEmail[email.lowercased()]?.removeAll { $0 == id } }
        return contact
    }

    private mutating func store(_ contact: Contact, insteadOf old: Contact?) {
        if let email = old?.email { byEmail[email.lowercased()]?.removeAll { $0 == contact.id } }
        contacts[contact.id] = contact
        if let email = contact.email { byEmail[email.lowercased(), default: []].append(contact.id) }
    }

    private mutating func apply(tag: String, to contact: inout Contact) {
        if tag.hasPrefix("-") {
            contact.tags.removeAll { $0.name == tag.dropFirst() }
        } else if !contact.tags.contains(where: { $0.name == tag }) {
            let number = tagNumbers[tag] ?? Int64(tagNumbers.count + 1)
            tagNumbers[tag] = number
            contact.tags.append(Contact.Tag(id: number, name: tag))
        }
    }
}

extension MauticError {
    /// Two contacts have the email already; only a person can merge them.
    static let notUnique = MauticError(
        status: 422, message: "email: This field must be unique.",
        shape: .controller(details: [("email", ["This field must be unique."])]))
}

/// Callers that look like robots lose the address they send.
private func isBot(_ agent: String) -> Bool {
    let agent = agent.lowercased()
    return ["curl/", "python-requests", "apache-httpclient", "java/", "bot"].contains {
        agent.contains($0)
    }
}
