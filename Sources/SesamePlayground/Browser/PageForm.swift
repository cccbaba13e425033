/// The first form of a page, as far as a scripted browser needs it.
struct PageForm: Sendable {
    /// A button that sends the form.
    struct Button: Sendable {
        let name: String
        let value: String
    }

    private(set) var action = ""
    private(set) var inputs: [(name: String, value: String)] = []
    private(set) var buttons: [Button] = []

    /// `nil` when the page has no form.
    init?(_ html: String) {
        var isInside = false
        for tag in tags(html) {
            switch tag.name {
            case "form" where !isInside:
                isInside = true
                action = tag.attributes["action"] ?? ""
            case "/form" where isInside: return
            case "input" where isInside: inputs.append((tag["name"], tag["value"]))
            case "button" where isInside:
                buttons.append(Button(name: tag["name"], value: tag["value"]))
            default: break
            }
        }
        return nil
    }
}

private struct Tag {
    let name: String
    var attributes: [String: String] = [:]

    subscript(name: String) -> String { attributes[name] ?? "" }

    /// Reads what stands between `<` and `>`.
    init(_ text: Substring) {
        let end = text.firstIndex { $0.isWhitespace } ?? text.endIndex
        name = text[..<end].lowercased()
        var rest = text[end...]
        while let mark = rest.firstIndex(of: "=") {
            let key = rest[..<mark].split(whereSeparator: \.isWhitespace).last ?? ""
            rest = rest[rest.index(after: mark)...]
            guard rest.first == "\"", let close = rest.dropFirst().firstIndex(of: "\"") else {
                return
            }
            attributes[key.lowercased()] = unescaped(
                rest[rest.index(after: rest.startIndex)..<close])
            rest = rest[rest.index(after: close)...]
        }
    }
}

private func tags(_ html: String) -> [Tag] {
    html.split(separator: "<").dropFirst().compactMap { piece in
        piece.firstIndex(of: ">").map { Tag(piece[..<$0]) }
    }
}

private func unescaped(_ text: Substring) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    var out = ""
    var rest = text
    while let mark = rest.firstIndex(of: "&") {
        out += rest[..<mark]
        let entity = entities.first { rest[mark...].hasPrefix($0.0) }
        out += entity?.1 ?? "&"
        rest = rest[rest.index(mark, offsetBy: entity?.0.count ?? 1)...]
    }
    return out + rest
}
