package import SesameJOSE
package import SesameJSON
import SesameSystem

extension PlaygroundService {
    /// Installs a fault behind those that wait already.
    package func install(_ fault: Fault) {
        state.withLock { $0.faults.install(fault) }
    }

    /// Removes all faults that have not struck yet.
    package func clearFaults() {
        state.withLock { $0.faults.removeAll() }
    }

    /// How many faults have strikes left.
    package var waitingFaults: Int { state.withLock { $0.faults.waiting.count } }

    /// How many requests are held at this moment.
    package var held: Int { gate.count }

    /// Lets all held requests go.
    package func release() { gate.open() }

    /// Makes all access tokens of an issuer, or of every one, expired.
    package func expireAccessTokens(of issuer: String?) {
        let now = now
        state.withLock { state in
            for name in state.issuers.keys where issuer == nil || issuer == name {
                state.issuers[name]?.tokens.expireAccess(at: now)
            }
        }
    }

    /// Takes the public keys of a client that signs, for one issuer or for every one.
    package func register(_ keys: JWKSet, of client: String, at issuer: String?) {
        state.withLock { state in
            if client == SuiteIssuer.clientID { return state.suiteClientKeys = keys }
            for name in state.issuers.keys where issuer == nil || issuer == name {
                state.issuers[name]?.clientKeys[client] = keys
            }
        }
    }

    /// All token requests so far, oldest first.
    package func log() -> [TokenLogEntry] { state.withLock { $0.log.entries } }

    /// Counts: requests by issuer and grant type, tokens, contacts.
    package func stateJSON() -> JSONValue {
        state.withLock { state in
            let issuers = state.issuers.sorted { $0.key < $1.key }.map { name, issuer in
                let counts = state.log.counts[name] ?? [:]
                let requests = counts.sorted { $0.key < $1.key }.map {
                    ($0.key, JSONValue.integer(Int64($0.value)))
                }
                let tokens = issuer.tokens.counts
                return (
                    name,
                    JSONValue.object([
                        ("token_requests", .object(requests)),
                        ("access_tokens", .integer(Int64(tokens.access))),
                        ("refresh_tokens", .integer(Int64(tokens.refresh))),
                        ("api_requests", .integer(Int64(issuer.apiRequests))),
                        ("contacts", .integer(Int64(issuer.contacts.count))),
                        ("shared_addresses", .integer(Int64(issuer.contacts.sharedAddresses))),
                    ])
                )
            }
            return .object([
                ("issuers", .object(issuers)),
                ("faults", .integer(Int64(state.faults.waiting.count))),
                ("held", .integer(Int64(gate.count))),
            ])
        }
    }

    /// What a user needs to know to use each issuer: the program prints it when it is ready.
    package func scenariosJSON() -> JSONValue {
        state.withLock { state in
            let issuers = state.issuers.values.sorted { $0.scenario.name < $1.scenario.name }
            return .object(
                [
                    ("base_url", .string(state.origin)), ("user", .string(PracticeUser.ada.name)),
                    ("password", .string(PracticeUser.ada.password)),
                ]
                    + [
                        (
                            "issuers",
                            .object(
                                issuers.map { ($0.scenario.name, $0.scenario.json(state.origin)) })
                        )
                    ])
        }
    }
}

extension Scenario {
    fileprivate func json(_ origin: String) -> JSONValue {
        .object([
            ("issuer", .string(origin + "/" + name)), ("dialect", .string(dialect.rawValue)),
            ("rotation", .string(rotation.word)),
            ("access_token_lifetime", .integer(accessTokenLifetime)),
            ("basic", .bool(acceptsBasic)), ("clients", .array(clients.map(\.json))),
        ])
    }
}

extension PracticeClient {
    fileprivate var json: JSONValue {
        .object([
            ("client_id", .string(id)), ("client_secret", .optional(secret)),
            ("authentication", .string(authentication.rawValue)),
            ("redirect_uris", .strings(redirects.map(\.uri))),
            ("grant_types", .strings(grantTypes)),
        ])
    }
}
