import SesameHTTP
import SesameHTTPServer
import SesameSecrets

/// A page in HTML: everything put into it is escaped, except what is HTML already.
struct Page: Sendable {
    let title: String
    /// The content of the card, as HTML.
    let card: String

    /// The whole document.
    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(escaped(title))</title>
        <style>\(style)</style>
        </head>
        <body>
        <main>
        <p class="mark"><span aria-hidden="true"></span>Sesame playground</p>
        \(card)
        </main>
        <footer>A practice server on this machine. Nothing here is real.</footer>
        </body>
        </html>

        """
    }
}

extension ServerResponse {
    /// A page that loads nothing, and that nothing may frame or keep.
    static func page(_ status: Int, _ page: Page) -> ServerResponse {
        var response = ServerResponse(status: status, body: Secret(utf8: page.html))
        response.fields.set("Content-Type", "text/html; charset=utf-8")
        response.fields.set("Cache-Control", "no-store")
        // No form-action: browsers apply it to redirects too, and would block the one to the client.
        response.fields.set(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
        )
        response.fields.set("Referrer-Policy", "no-referrer")
        response.fields.set("X-Content-Type-Options", "nosniff")
        return response
    }
}

/// A text as it stands in HTML, in an attribute too.
func escaped(_ text: String) -> String {
    var out = ""
    for character in text.unicodeScalars {
        switch character {
        case "&": out += "&amp;"
        case "<": out += "&lt;"
        case ">": out += "&gt;"
        case "\"": out += "&quot;"
        case "'": out += "&#39;"
        default: out.unicodeScalars.append(character)
        }
    }
    return out
}
