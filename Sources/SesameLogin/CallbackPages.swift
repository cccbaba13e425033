import SesameHTTP
package import SesameHTTPServer
import SesameSecrets

/// The pages that a browser shows after the login.
///
/// Each is one constant text: nothing from a request is ever repeated in it. They load nothing and
/// run nothing, and their policy says so.
package struct CallbackPages: Sendable {
    /// The answer that the login waited for: the person agreed.
    package let accepted = page(
        200, tone: "good", mark: check, title: "Signed in",
        text: "Sesame has its answer, and the terminal shows how it went on.")
    /// The answer that the login waited for: the person, or the server, refused.
    package let refused = page(
        200, tone: "bad", mark: cross, title: "The login was refused",
        text: "Nothing was granted. The terminal says why, and what you can do.")
    /// A callback of no login, or of another one.
    package let ignored = page(
        400, tone: "plain", mark: bar, title: "Not this login",
        text: "This answer belongs to no login that is under way, so nothing was changed.")
    /// A callback behind the first accepted one.
    package let late = page(
        410, tone: "plain", mark: bar, title: "Already answered",
        text: "This login has had its answer before, so nothing was changed.")
    /// Anything else that somebody asks for.
    package let missing = page(
        404, tone: "plain", mark: bar, title: "Nothing here",
        text: "Sesame waits at another address for the answer to a login.")

    package init() {}
}

private func page(
    _ status: Int, tone: String, mark: String, title: String, text: String
) -> ServerResponse {
    var response = ServerResponse(status: status)
    response.fields.append("Content-Type", "text/html; charset=utf-8")
    response.fields.append("Content-Security-Policy", policy)
    response.fields.append("X-Content-Type-Options", "nosniff")
    response.fields.append("Cache-Control", "no-store")
    response.fields.append("Referrer-Policy", "no-referrer")
    response.body = Secret(
        utf8: """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title) · Sesame</title>
            <style>\(style)</style>
            </head>
            <body>
            <main class="\(tone)">
            <svg viewBox="0 0 48 48" width="48" height="48" fill="none" stroke="currentColor" \
            stroke-width="3" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">\
            <circle cx="24" cy="24" r="21"/>\(mark)</svg>
            <h1>\(title)</h1>
            <p>\(text)</p>
            <p class="close">You can close this tab.</p>
            </main>
            </body>
            </html>

            """)
    response.closesConnection = true
    return response
}

private let check = #"<path d="M15 25l6 6 12-14"/>"#
private let cross = #"<path d="M17 17l14 14M31 17L17 31"/>"#
private let bar = #"<path d="M16 24h16"/>"#

/// `sha256-…` is the digest of ``style``; a test computes it again.
private let policy =
    "default-src 'none'; style-src 'sha256-PMz1oSSE/X/2Hq/GdKL7DfpH4JFcCKbRChsj9x9toQw='; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

private let style = """
    :root{color-scheme:light dark;--paper:#f6f4f0;--card:#fff;--line:#e4dfd7;--ink:#201d1a;\
    --soft:#6a645c;--good:#1d7a4c;--bad:#b3372b}
    @media(prefers-color-scheme:dark){:root{--paper:#161513;--card:#201e1b;--line:#36322d;\
    --ink:#f0ece5;--soft:#a59e94;--good:#5cc28e;--bad:#f08477}}
    body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--paper);\
    color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
    main{box-sizing:border-box;width:min(26rem,calc(100vw - 2rem));padding:2.5rem 2rem;\
    text-align:center;background:var(--card);border:1px solid var(--line);border-radius:1rem}
    svg{color:var(--soft)}.good svg{color:var(--good)}.bad svg{color:var(--bad)}
    h1{margin:1rem 0 .5rem;font-size:1.4rem;line-height:1.25;font-weight:600}
    p{margin:0}.close{margin-top:1.5rem;font-size:.9rem;color:var(--soft)}
    """
