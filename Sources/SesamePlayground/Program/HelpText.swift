/// What `--help` prints: the options, then everything that is registered.
let helpText = """
    sesame-playground: servers to practise OAuth 2 and the Mautic contact API on

    usage: sesame-playground [options]
           sesame-playground browse URL [--deny] [--user NAME]

    It listens on 127.0.0.1, prints one line of JSON when it is ready, and serves until Ctrl-C.

    options:
      --port N                     the port (default: any free one)
      --basic on|off               HTTP Basic at the Mautic (default: off, as in a Mautic)
      --access-token-lifetime S    for every issuer (default: 3600)
      --rotation MODE              strict, grace, grace:SECONDS, none or family, for every issuer
      --service-time MS            how long each token or API request takes at the least
      --log FILE                   one line of JSON for every token request
      --ready-file FILE            also writes the line of JSON there
      --quiet                      no words on stderr
      --help, --version

    `browse` plays the person at the browser: it logs in, presses Allow (or Deny) and follows the redirect.
    A link to this program that is called practice-browser does the same, so that it can be $BROWSER.

    people: ada may do everything, bob may only create contacts, zoe is switched off.
    The password of each is `practice`. These, and the secrets below, are practice values.

    \(Scenario.builtIn.map(\.helpText).joined(separator: "\n"))
    control (JSON):
      POST   /_control/faults     {"kind":"lost_answer","issuer":"strict","endpoint":"token","count":1}
             kinds: none (only what the parts say), html, error_500, error_503, site_offline, forbidden,
             rate_limited (with reset_in), lost_answer, dropped, held, held_answer, and as the answers to a
             device: pending, slow_down, denied, expired; of proofs of a key: nonce, two_nonces, bearer
             parts: issuer, endpoint (token authorize par device discovery revoke register api any), count, skip,
             every, delay_ms, answer_delay_ms, holds_request, holds_answer, carried_out, loses_answer,
             answer {status, content_type, fields, body}, and of an answer in JSON: without [names], members {…}
      DELETE /_control/faults     POST /_control/release      lets held requests go
      POST   /_control/expire     {"issuer":"mautic"}         makes its access tokens expired
      POST   /_control/keys       {"keys":[…]}                the public JWK set of practice-key-jwt
      POST   /_control/contacts   {"email":…,"copies":2}      contacts that share an email
      GET    /_control/log        token requests as lines of JSON; DELETE empties it
      GET    /_control/state      counts                      GET /_control/scenarios

    """

extension Scenario {
    fileprivate var helpText: String {
        let lines = clients.map { client in
            let secret = client.secret.map { "  secret \($0)" } ?? ""
            return "    \(client.id)  (\(client.authentication.rawValue))\(secret)\n"
                + client.redirects.map { "      \($0.helpText)\n" }.joined()
        }
        // The clients of the RFC issuers are the same everywhere: the first names them.
        let isRepeated = dialect == .rfc && name != "rfc"
        return "/\(name): \(summary)\n"
            + (isRepeated ? "    the clients of /rfc\n" : lines.joined())
    }
}

extension PracticeClient.RedirectRule {
    fileprivate var helpText: String {
        switch self {
        case .exact, .prefix: uri
        case .anyPort, .prefixAnyPort: uri + " at any port"
        }
    }
}
