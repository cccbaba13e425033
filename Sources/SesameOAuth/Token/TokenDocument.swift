import SesameHTTP
import SesameJSON
import SesameSecrets

/// The members of an answer, as JSON or, from GitHub, as a form.
enum TokenDocument {
    case json(JSON)
    case form(ReceivedForm)

    /// Reads the content by its declared type.
    /// - Throws: ``OAuthError`` with `badResponse`.
    init(_ response: HTTPResponse) throws(OAuthError) {
        guard !isEncoded(response), response.body.count <= maximumBytes else {
            throw unusable("is compressed or too large", response)
        }
        if isJSON(response.mediaType) {
            do throws(JSON.Refusal) {
                self = .json(try JSON(parsing: response.body))
            } catch {
                throw unusable("is \(error)", response)
            }
            guard case .json(let json) = self, json.isObject else {
                throw unusable("is no JSON object", response)
            }
        } else if response.mediaType == "application/x-www-form-urlencoded" {
            self = .form(try readForm(response))
        } else {
            throw unusable("has an unexpected content type", response)
        }
    }

    /// Whether the member is there; an explicit `null` is not.
    func contains(_ name: String) -> Bool {
        switch self {
        case .json(let json): json[name] != nil
        case .form(let form): !form.values(name).isEmpty
        }
    }

    func secret(_ name: String) -> Secret? {
        switch self {
        case .json(let json): json[name]?.secret
        case .form(let form): form.secret(name)
        }
    }

    func text(_ name: String) -> String? { secret(name)?.dangerouslyRevealedText() }

    /// A number of seconds between 0 and ten years; `nil` when missing or not to be understood.
    ///
    /// Some servers write the number as a string, which is accepted. What lies in the past has
    /// ended now.
    func lifetime(_ name: String) -> Int64? {
        let number: Int64? =
            switch self {
            case .json(let json): json[name]?.integer ?? text(name).flatMap(wholeNumber)
            case .form: text(name).flatMap(wholeNumber)
            }
        return number.map { min(max($0, 0), maximumLifetime) }
    }
}

/// A media type that promises JSON; `text/json` is an old spelling.
func isJSON(_ mediaType: String) -> Bool {
    mediaType == "application/json" || mediaType == "text/json"
        || (mediaType.hasPrefix("application/") && mediaType.hasSuffix("+json"))
}

/// Whether the content is compressed, which was not asked for: a small answer could become huge.
func isEncoded(_ response: HTTPResponse) -> Bool {
    response.fields.values("Content-Encoding").contains { !equalIgnoringCase($0, "identity") }
}

private func readForm(_ response: HTTPResponse) throws(OAuthError) -> ReceivedForm {
    let parsed = response.body.withBytes { bytes in try? ReceivedForm(bytes) }
    guard let parsed else { throw unusable("is no valid form", response) }
    guard Set(parsed.names).count == parsed.names.count else {
        throw unusable("has a parameter twice", response)
    }
    return parsed
}

private func unusable(_ what: String, _ response: HTTPResponse) -> OAuthError {
    OAuthError(
        .badResponse, "the server's answer \(what)", status: response.status, mayHaveBeenSent: true)
}

/// Digits with an optional minus: unlike `Int64.init`, which takes a plus too.
private func wholeNumber(_ text: String) -> Int64? {
    text.hasPrefix("+") ? nil : Int64(text)
}

private let maximumBytes = 1 << 20
private let maximumLifetime: Int64 = 10 * 365 * 86_400
