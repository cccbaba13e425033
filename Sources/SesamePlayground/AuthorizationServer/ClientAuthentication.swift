import SesameHTTP
import SesameHTTPServer
import SesameSecrets

extension Issuer {
    /// The client that sent a form, once it has proved who it is (RFC 6749, section 2.3).
    mutating func authenticateClient(
        _ exchange: Exchange, _ form: ReceivedForm
    ) throws(Refusal) -> PracticeClient {
        if form.names.contains("client_assertion") {
            return try authenticateByAssertion(exchange, form)
        }
        if exchange.request.fields.contains("Authorization") {
            guard !form.names.contains("client_secret") else {
                throw .invalidRequest("more than one way of client authentication")
            }
            return try authenticateByBasic(exchange, form)
        }
        guard let client = client(form["client_id"]) else {
            throw .invalidClient(triedBasic: false)
        }
        switch client.authentication {
        case .none where !form.names.contains("client_secret"): return client
        case .post where matches(form.secret("client_secret"), client.secret): return client
        default: throw .invalidClient(triedBasic: false)
        }
    }

    private func authenticateByBasic(
        _ exchange: Exchange, _ form: ReceivedForm
    ) throws(Refusal) -> PracticeClient {
        guard let pair = exchange.credentials("Basic").flatMap(BasicPair.init) else {
            throw .invalidClient(triedBasic: true)
        }
        let found = (scenario.clients + registered.all).first { client in
            switch client.authentication {
            case .basic:
                pair.decoded.map { $0.name == client.id && matches($0.password, client.secret) }
                    ?? false
            case .rawBasic: pair.name == client.id && matches(pair.password, client.secret)
            case .none, .post, .secretJWT, .privateKeyJWT: false
            }
        }
        guard let found, (form["client_id"] ?? found.id) == found.id else {
            throw .invalidClient(triedBasic: true)
        }
        return found
    }
}

/// Whether a presented secret is the registered one.
func matches(_ presented: Secret?, _ registered: String?) -> Bool {
    guard let presented, let registered else { return false }
    return presented.equals(Secret(utf8: registered))
}

/// Name and password of HTTP Basic (RFC 7617).
struct BasicPair: Sendable {
    let name: String
    let password: Secret

    init(name: String, password: Secret) {
        self.name = name
        self.password = password
    }

    /// Reads the credentials behind the scheme.
    init?(_ credentials: Secret) {
        guard let plain = decodeBase64(credentials) else { return nil }
        let parts = plain.withBytes { bytes -> (String, Secret)? in
            guard let colon = bytes.indices.first(where: { bytes[$0] == UInt8(ascii: ":") }) else {
                return nil
            }
            return (
                String(copying: bytes.extracting(0..<colon)),
                Secret(copying: bytes.extracting((colon + 1)..<bytes.count))
            )
        }
        guard let parts else { return nil }
        self.init(name: parts.0, password: parts.1)
    }

    /// Both parts form-decoded, as RFC 6749, section 2.3.1 has them encoded.
    var decoded: BasicPair? {
        guard let name = formDecoded(Secret(utf8: name)), let password = formDecoded(password)
        else {
            return nil
        }
        return BasicPair(name: name.dangerouslyRevealedText(), password: password)
    }
}

private func formDecoded(_ text: Secret) -> Secret? {
    var form = SecretBuffer(capacity: text.count + 2)
    form.append("v=")
    form.append(text)
    return form.withBytes { bytes in try? ReceivedForm(bytes) }?.secret("v")
}

/// Standard Base64, padded or not.
private func decodeBase64(_ text: Secret) -> Secret? {
    var out = SecretBuffer(capacity: text.count)
    text.withBytes { bytes in
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "+"): out.append(UInt8(ascii: "-"))
            case UInt8(ascii: "/"): out.append(UInt8(ascii: "_"))
            case UInt8(ascii: "="): break
            default: out.append(bytes[index])
            }
        }
    }
    return out.withBytes { Base64URL.decode($0) }
}
