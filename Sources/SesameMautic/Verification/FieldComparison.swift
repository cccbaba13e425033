import SesameJSON

/// Whether a value that came back is the one that was sent, in the spelling that Mautic gives it.
///
/// - Parameter type: the field's type; where the answer does not say it, the value's kind decides.
func isStored(_ sent: String, as stored: JSON, type: String?) -> Bool {
    let sent = sent.trimmingBlanks()
    guard !stored.isNull, stored.string?.isEmpty != true else { return sent.isEmpty }
    switch type ?? kind(of: stored) {
    case "boolean": return truth(of: sent).map { $0 == truth(of: stored) } ?? false
    case "number": return isSameNumber(sent, stored)
    case "multiselect": return choices(in: sent) == choices(in: stored)
    case "date": return isSameDate(sent, stored.text ?? "")
    case "datetime": return isSameMoment(sent, stored.text ?? "")
    case "time": return clockTime(sent) == clockTime(stored.text ?? "")
    case "email": return sent.lowercased() == stored.text?.trimmingBlanks().lowercased()
    case "url": return isSameText(sent, stored) || isSameText("http://" + sent, stored)
    case "": return isSameText(sent, stored) || looksTheSame(sent, stored)
    default: return isSameText(sent, stored)
    }
}

/// A text as it looks after Mautic has cleaned it: trimmed, one kind of line end, no HTML tags.
func comparableText(_ text: String) -> String {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.joined(separator: "\n").strippingTags().resolvingReferences().trimmingBlanks()
}

private func kind(of stored: JSON) -> String {
    if stored.bool != nil { return "boolean" }
    return stored.text == nil ? "multiselect" : ""
}

private func isSameText(_ sent: String, _ stored: JSON) -> Bool {
    stored.text.map { comparableText(sent) == comparableText($0) } ?? false
}

/// For a text of an unknown type: whether any type's spelling explains it.
private func looksTheSame(_ sent: String, _ stored: JSON) -> Bool {
    ["boolean", "number", "multiselect", "date", "datetime", "email", "url"].contains { type in
        isStored(sent, as: stored, type: type)
    }
}

/// Whether Mautic reads this as a boolean.
func isTruthValue(_ text: String) -> Bool { truth(of: text) != nil }

private func truth(of sent: String) -> Bool? {
    switch sent.lowercased() {
    case "true", "1", "yes", "on": true
    case "false", "0", "no", "off": false
    default: nil
    }
}

private func truth(of stored: JSON) -> Bool? {
    stored.bool ?? stored.text.flatMap { truth(of: $0) }
}

private func isSameNumber(_ sent: String, _ stored: JSON) -> Bool {
    guard let first = Double(sent), let second = Double(stored.text ?? "") else {
        return isSameText(sent, stored)
    }
    return first == second
}

private func choices(in sent: String) -> Set<String> {
    Set(sent.split(separator: "|").map { comparableText(String($0)) })
}

private func choices(in stored: JSON) -> Set<String> {
    stored.text.map { choices(in: $0) } ?? Set(stored.list.compactMap(\.text).map(comparableText))
}

/// Hours, minutes and seconds of `8:00`, `08:00` or `08:00:00`.
private func clockTime(_ text: String) -> [Int?] {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    return parts.count == 2 ? parts + [0] : parts
}
