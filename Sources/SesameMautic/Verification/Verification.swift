import SesameJSON
import SesameSecrets

/// Something that was sent and is not stored as it was sent.
public struct Shortfall: Sendable, Hashable {
    /// The field's alias, or `tags`.
    public let alias: String
    /// Why, and what to do.
    public let explanation: String
}

/// Compares what was sent with what came back.
///
/// Mautic answers 201 also when it drops an unknown alias, an unreadable date or the number 0, or
/// when it did not decode the body at all and made an anonymous contact.
func shortfalls(of draft: ContactDraft, in answer: ContactAnswer) -> [Shortfall] {
    let email = ContactDraft.Field(alias: "email", value: draft.email)
    let fields = ([email] + draft.fields).compactMap { shortfall(of: $0, in: answer) }
    return fields + tagShortfall(added: draft.tags, in: answer)
}

/// The same for a change, whose cleared fields must be empty now, and whose removed tags gone.
func shortfalls(of change: ContactChange, in answer: ContactAnswer) -> [Shortfall] {
    let fields = change.fields.compactMap { shortfall(of: $0, in: answer) }
    let cleared = change.cleared.compactMap { alias -> Shortfall? in
        guard let stored = answer.values[alias] else {
            return Shortfall(alias: alias, explanation: explanation(ofMissing: alias, in: answer))
        }
        let text = stored.text ?? stored.list.compactMap(\.text).joined(separator: "|")
        guard !text.isEmpty else { return nil }
        return Shortfall(
            alias: alias, explanation: "“\(text.sanitised(limit: 80))” is still stored")
    }
    return fields + cleared
        + tagShortfall(added: change.addedTags, removed: change.removedTags, in: answer)
}

/// Whether a stored contact has all of it already, beyond doubt.
///
/// What counts as stored after it was sent may be another value all the same: a time without a zone is read in the
/// server's, and of a text the tags may be gone. Then the draft is to be sent.
func hasAll(of draft: ContactDraft, _ answer: ContactAnswer) -> Bool {
    guard shortfalls(of: draft, in: answer).isEmpty else { return false }
    return draft.fields.allSatisfy { field in
        let stored = answer.values[field.alias]?.text ?? ""
        if field.value.trimmingBlanks() == stored { return true }
        switch answer.types[field.alias] {
        case "boolean", "number", "multiselect", "date", "email": return true
        case "datetime": return isExactMoment(field.value)
        // A text, or what is not known: neither markup nor a time may have been converted.
        default: return !hasMarkup(field.value) && !hasMarkup(stored) && !isDate(field.value)
        }
    }
}

private func hasMarkup(_ text: String) -> Bool { text.utf8.contains { "<>&".utf8.contains($0) } }

private func shortfall(of field: ContactDraft.Field, in answer: ContactAnswer) -> Shortfall? {
    guard let stored = answer.values[field.alias] else {
        return Shortfall(
            alias: field.alias, explanation: explanation(ofMissing: field.alias, in: answer))
    }
    let type = answer.types[field.alias]
    guard !isStored(field.value, as: stored, type: type) else { return nil }
    return Shortfall(
        alias: field.alias, explanation: explanation(of: field, stored: stored.text, type: type))
}

private func explanation(ofMissing alias: String, in answer: ContactAnswer) -> String {
    if alias == "email" {
        return
            "contact \(answer.id) has no email: Mautic did not understand the request and made an "
            + "anonymous contact, which you may delete"
    }
    let known = answer.values.keys.filter { $0 != "id" }
    let nearest = nearestName(to: alias, among: known).map { "; did you mean “\($0.sanitised())”?" }
    return "this Mautic has no published contact field of that alias" + (nearest ?? "")
}

private func explanation(
    of field: ContactDraft.Field, stored: String?, type: String?
) -> String {
    let state =
        stored.map { $0.isEmpty ? "nothing is stored" : "“\($0.sanitised(limit: 80))” is stored" }
        ?? "nothing is stored"
    if field.alias == "email" { return "\(state) instead of the address that was sent" }
    if field.value.isEmpty { return "\(state): an empty value clears nothing in Mautic" }
    if Double(field.value.trimmingBlanks()) == 0, type != "boolean" {
        return "\(state): Mautic ignores the number 0"
    }
    return switch type {
    case "date": "\(state): write dates as 2026-12-31"
    case "datetime": "\(state): write times as 2026-12-31T18:00:00Z"
    case "boolean": "\(state): write true or false"
    default: state
    }
}

private func tagShortfall(
    added: [String], removed: [String] = [], in answer: ContactAnswer
) -> [Shortfall] {
    let stored = Set(answer.tags.map { comparableText($0).lowercased() })
    let missing = added.filter { !stored.contains(comparableText($0).lowercased()) }
    let left = removed.filter { stored.contains(comparableText($0).lowercased()) }
    return [("not stored", missing), ("not removed", left)].filter { !$0.1.isEmpty }.map {
        state, tags in
        let names = tags.map { "“\($0.sanitised(limit: 80))”" }.joined(separator: ", ")
        return Shortfall(alias: "tags", explanation: "\(state): \(names)")
    }
}
