import SesameSecrets

extension ContactField {
    /// The value in the spelling that Mautic takes: a label becomes the value of its option, and only in a text blanks
    /// at the ends are a part of it.
    func resolving(_ text: String) -> String {
        switch type {
        case "select": resolvingOption(text.trimmingBlanks())
        case "multiselect": choices(in: text).map(resolvingOption).joined(separator: "|")
        case nil, "text", "textarea", "html": text
        default: text.trimmingBlanks()
        }
    }

    /// What is wrong with a value, in words for a person; `nil` where it is fit to be sent.
    ///
    /// The server has the last word. This finds what it would refuse, and what it would drop without a word.
    func objection(to text: String) -> String? {
        let value = text.trimmingBlanks()
        guard !value.isEmpty else { return nil }
        switch type {
        case "select": return options.isEmpty || isOption(value) ? nil : noOption(value)
        case "multiselect":
            guard !options.isEmpty, let wrong = choices(in: value).first(where: { !isOption($0) })
            else { return nil }
            return noOption(wrong)
        case "boolean": return isTruthValue(value) ? nil : "write true or false"
        case "number":
            return Double(value)?.isFinite == true ? nil : "it takes a number, such as 12.5"
        case "date": return isDate(value) ? nil : "write dates as 2026-12-31"
        case "datetime": return isMoment(value) ? nil : "write times as 2026-12-31T18:00:00Z"
        default: return tooLong(text)
        }
    }

    /// What it takes, in words for a person; `nil` where anything goes.
    var expectation: String? {
        if !options.isEmpty {
            let shown = options.prefix(20).map { $0.value.sanitised(limit: 40) }
            return "it takes " + shown.joined(separator: ", ")
                + (options.count > shown.count ? ", …" : "")
        }
        return switch type {
        case "number": "it takes a number, such as 12.5"
        case "country": "it takes the English name of a country, such as Switzerland"
        case "url": "it takes a web address"
        case "text", "textarea": lengthLimit.map { "it takes at most \($0) characters" }
        default: nil
        }
    }

    private func tooLong(_ text: String) -> String? {
        let usual: Int64? = ["text", "email", "tel", "url"].contains(type) ? 191 : nil
        guard let limit = lengthLimit ?? usual, text.unicodeScalars.count > limit else {
            return nil
        }
        return "it has \(text.unicodeScalars.count) characters, and may have \(limit)"
    }

    private func noOption(_ text: String) -> String {
        "“\(text.sanitised(limit: 60))” is no option of it" + (expectation.map { ": \($0)" } ?? "")
    }

    private func isOption(_ text: String) -> Bool { options.contains { $0.value == text } }

    private func resolvingOption(_ text: String) -> String {
        guard !isOption(text) else { return text }
        let named = options.filter { $0.label == text }
        if named.count == 1 { return named[0].value }
        let wanted = text.lowercased()
        let similar = options.filter {
            $0.value.lowercased() == wanted || $0.label.lowercased() == wanted
        }
        return similar.count == 1 ? similar[0].value : text
    }

    private func choices(in text: String) -> [String] {
        text.split(separator: "|").map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
    }
}
