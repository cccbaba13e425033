import SesameHTTP
import SesameJSON
import SesameSecrets

/// What an answer that is no success says, in whichever of Mautic's dialects.
///
/// A: OAuth and authentication, `{message, code, type}`. B: controllers, `{code, message, details}`
/// without a type. C: routing and crashes, a type that is `null`. D: nothing, or a web page. The
/// words are translated by the server, so decisions rest on status, ``type`` and ``dialect`` alone.
struct ErrorBody {
    /// Who wrote the answer.
    enum Dialect {
        case authentication, controller, routing, foreign
    }

    var dialect = Dialect.foreign
    /// The server's sentence, sanitised; for a foreign body its title or first line.
    var message: String?
    /// The error's type, such as `invalid_grant`.
    var type: String?
    /// What is wrong per field.
    var fields: [MauticError.FieldProblem] = []

    /// What is wrong with all of them, in one line; `nil` where nothing was said of any.
    var wordsOfFields: String? {
        fields.isEmpty
            ? nil : fields.map { "\($0.alias): \($0.message)" }.joined(separator: "; ")
    }

    init(_ response: HTTPResponse) {
        guard let json = try? JSON(parsing: response.body), let error = Self.firstError(in: json)
        else {
            message = Self.firstLine(of: response)
            return
        }
        read(error)
    }

    /// Reads what was said about one item of a batch.
    init(item: JSON?) {
        if let item { read(item) }
    }

    private mutating func read(_ error: JSON) {
        type = (error["type"] ?? error["error"])?.string?.sanitised(limit: 60)
        message = (error["message"] ?? error["error_description"])?.text?.sanitised(limit: 300)
        fields = (error["details"]?.entries ?? []).map { alias, value in
            MauticError.FieldProblem(alias: alias.sanitised(limit: 64), message: words(of: value))
        }
        let hasType = error.entries.contains { $0.name == "type" }
        // A batch item has details and a type of null at once.
        let hasDetails = error.entries.contains { $0.name == "details" }
        // Mautic names a type; `error` alone is what servers of OAuth say, and whoever imitates them.
        let isTyped = error["type"]?.string != nil || error["error_description"] != nil
        if type != nil {
            dialect = isTyped ? .authentication : .foreign
        } else {
            dialect = hasType && !hasDetails ? .routing : .controller
        }
    }

    /// The first of `errors`, which is an array or an object; or the single `error` of old servers.
    private static func firstError(in json: JSON) -> JSON? {
        if let error = json["errors"]?.list.first, error.isObject { return error }
        guard let error = json["error"] else { return nil }
        return error.isObject ? error : json
    }

    private static func firstLine(of response: HTTPResponse) -> String? {
        let text = String(response.body.dangerouslyRevealedText().prefix(20_000))
        let visible = title(in: text) ?? text.strippingTags()
        let lines = visible.split(whereSeparator: \.isNewline).lazy.map { $0.trimmingBlanks() }
        return lines.first { !$0.isEmpty }?.resolvingReferences().sanitised(limit: 120)
    }

    private static func title(in text: String) -> String? {
        let pieces = text.split(separator: "<title", maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2, let start = pieces[1].firstIndex(of: ">") else { return nil }
        let title = pieces[1][pieces[1].index(after: start)...].prefix { $0 != "<" }
        return title.trimmingBlanks().isEmpty ? nil : String(title)
    }
}

/// Every text of a `details` entry, which is a list as a rule.
private func words(of value: JSON) -> String {
    let texts = value.text.map { [$0] } ?? value.list.compactMap(\.text)
    return texts.joined(separator: " ").sanitised(limit: 200)
}
