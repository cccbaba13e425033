import SesameJSON

/// What a sent value becomes.
enum FieldReading: Sendable {
    /// Stored so.
    case value(JSONValue)
    /// Dropped without a word.
    case dropped
    /// Refused with these words.
    case invalid(String)
    /// The server falls over.
    case crash
}

extension ContactField {
    /// Reads a value that is not blank, as a Mautic does.
    func read(_ input: ContactInput) -> FieldReading {
        if kind == .multiselect { return readChoices(input) }
        guard let text = input.text else { return .crash }
        return read(text)
    }

    private func read(_ text: String) -> FieldReading {
        switch kind {
        case .multiselect: return readChoices(.text(text))
        case .text, .tel, .textarea: return readText(text)
        case .email: return readEmail(text)
        case .url: return readText(text.contains("://") ? text : "http://" + text)
        case .number: return readNumber(text)
        case .boolean:
            return .value(.bool(["1", "true", "on", "yes"].contains(text.lowercased())))
        case .select:
            return choices.contains { $0.value == text } ? .value(.string(text)) : noSuchChoice
        case .country: return countries.contains(text) ? .value(.string(text)) : noSuchChoice
        case .locale: return isLocale(text) ? .value(.string(text)) : noSuchChoice
        case .timezone:
            return text == "UTC" || text.contains("/") ? .value(.string(text)) : noSuchChoice
        case .date: return PracticeDate(text).map { .value(.string($0.day)) } ?? .dropped
        case .datetime: return PracticeDate(text).map { .value(.string($0.dayAndTime)) } ?? .dropped
        }
    }

    private var noSuchChoice: FieldReading { .invalid("The selected choice is invalid.") }

    private func readText(_ text: String) -> FieldReading {
        let plain = withoutTags(text)
        guard plain.count <= limit else {
            return .invalid("This value is too long. It should have \(limit) characters or less.")
        }
        return .value(.string(plain))
    }

    private func readEmail(_ text: String) -> FieldReading {
        let trimmed = trimming(text)
        guard isEmail(trimmed) else { return .invalid("\(trimmed) is invalid.") }
        return readText(trimmed)
    }

    /// A zero is dropped, which users of Mautic complain about.
    private func readNumber(_ text: String) -> FieldReading {
        guard let number = Double(text), number.isFinite else {
            return .invalid("Please enter a number.")
        }
        if number == 0 { return .dropped }
        if let whole = Int64(exactly: number) { return .value(.integer(whole)) }
        return .value(.number(String(number)))
    }

    private func readChoices(_ input: ContactInput) -> FieldReading {
        let chosen: [String?]
        if case .list(let elements) = input {
            chosen = elements.map(\.text)
        } else {
            chosen = input.text?.split(separator: "|").map { String($0) } ?? [nil]
        }
        var values: [String] = []
        for choice in chosen {
            guard let choice, choices.contains(where: { $0.value == choice }) else {
                return noSuchChoice
            }
            values.append(choice)
        }
        return .value(.string(values.joined(separator: "|")))
    }
}

/// What is between `<` and `>` goes.
private func withoutTags(_ text: String) -> String {
    guard text.contains("<") else { return text }
    var out = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
        out += rest[..<start]
        rest = rest[rest.index(after: end)...]
    }
    return out + rest
}

func trimming(_ text: String) -> String {
    let start = text.drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
}

private func isEmail(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[1].contains("."), !parts[1].contains("..")
    else {
        return false
    }
    return !text.contains(where: \.isWhitespace) && !parts[1].hasPrefix(".")
        && !parts[1].hasSuffix(".")
}

private func isLocale(_ text: String) -> Bool {
    let parts = text.split(whereSeparator: { $0 == "_" || $0 == "-" })
    return (1...3).contains(parts.count) && parts[0].count <= 3 && text.utf8.count >= 2
        && parts.allSatisfy { $0.allSatisfy(\.isLetter) }
}
