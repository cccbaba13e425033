import SesameHTTP
import SesameHTTPServer
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem

extension PlaygroundService {
    /// The control endpoint: what tests and experiments change at run time.
    func control(_ request: ServerRequest) -> ServerResponse {
        do throws(ControlError) {
            switch (request.method, request.path) {
            case ("POST", "/_control/faults"): return try installFaults(request)
            case ("DELETE", "/_control/faults"):
                clearFaults()
                return .json(200, .object([("faults", .integer(0))]))
            case ("POST", "/_control/release"):
                let count = gate.count
                gate.open()
                return .json(200, .object([("released", .integer(Int64(count)))]))
            case ("POST", "/_control/expire"):
                expireAccessTokens(of: try controlBody(request)["issuer"]?.string)
                return .json(200, .object([("expired", .bool(true))]))
            case ("POST", "/_control/keys"): return try registerKeys(request)
            case ("POST", "/_control/contacts"): return try addContacts(request)
            case ("GET", "/_control/log"): return lines(log().map(\.json))
            case ("DELETE", "/_control/log"):
                state.withLock { $0.log.removeAll() }
                return .json(200, .object([("entries", .integer(0))]))
            case ("GET", "/_control/state"): return .json(200, stateJSON())
            case ("GET", "/_control/suite"): return .json(200, suiteJSON())
            case ("GET", "/_control/scenarios"): return .json(200, scenariosJSON())
            default: throw ControlError("no such control")
            }
        } catch {
            return .json(400, .object([("error", .string(error.message))]))
        }
    }

    /// The start page: what there is.
    func index(_ request: ServerRequest) -> ServerResponse {
        guard request.path == "/" else { return .page(404, .notFound) }
        let (origin, scenarios) = state.withLock { ($0.origin, $0.issuers.values.map(\.scenario)) }
        return .page(200, .index(origin: origin, scenarios.sorted { $0.name < $1.name }))
    }

    /// One fault, or a list of them.
    private func installFaults(_ request: ServerRequest) throws(ControlError) -> ServerResponse {
        let body = try controlBody(request)
        var faults: [Fault] = []
        for element in body.elements ?? [body] { faults.append(try Fault(element, now: now)) }
        for fault in faults { install(fault) }
        return .json(200, .object([("faults", .integer(Int64(waitingFaults)))]))
    }

    /// The public keys of a client that signs, in the place of those before.
    private func registerKeys(_ request: ServerRequest) throws(ControlError) -> ServerResponse {
        let body = try controlBody(request)
        let client = body["client_id"]?.string ?? PracticeClient.privateKeyJWT.id
        do throws(JOSEError) {
            let keys = try JWKSet(body)
            register(keys, of: client, at: body["issuer"]?.string)
            return .json(200, .object([("keys", .integer(Int64(keys.keys.count)))]))
        } catch {
            throw ControlError(error.message)
        }
    }

    /// Contacts that share an email, as a race leaves them.
    private func addContacts(_ request: ServerRequest) throws(ControlError) -> ServerResponse {
        let body = try controlBody(request)
        let name = body["issuer"]?.string ?? "mautic"
        let copies = body["copies"]?.integer ?? 1
        guard (1...1000).contains(copies) else { throw ControlError("copies must be 1 … 1000") }
        guard let change = try? ContactChange(ContactInput(body), users: []) else {
            throw ControlError("a field is not valid")
        }
        let ids = state.withLock { state -> [Int64] in
            (0..<copies).compactMap { _ in
                state.issuers[name]?.contacts.add(
                    change, by: MauticCaller(user: .ada), at: now, agent: ""
                ).id
            }
        }
        return .json(200, .object([("ids", .array(ids.map(JSONValue.integer)))]))
    }

    private func lines(_ values: [JSONValue]) -> ServerResponse {
        var out = SecretBuffer(capacity: 4096)
        for value in values {
            out.append(value.encoded())
            out.append("\n")
        }
        var response = ServerResponse(status: 200, body: Secret(out))
        response.fields.set("Content-Type", "application/x-ndjson")
        return response
    }

    private func controlBody(_ request: ServerRequest) throws(ControlError) -> JSON {
        do throws(JSON.Refusal) {
            return try JSON(parsing: request.body.isEmpty ? Secret(utf8: "{}") : request.body)
        } catch {
            throw ControlError(error.description)
        }
    }
}

/// A control request that makes no sense.
struct ControlError: Error, Sendable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
