import SesameHTTP
import SesameJSON
import SesameMautic
import SesameSecrets
import SesameSystem

/// A Mautic that breaks down over one contact, or over too many at once, as the real one does (500 for the whole batch).
final class BreakingServer: HTTPTransport {
    private struct State {
        var ids: [String: Int64] = [:]
        var sizes: [Int] = []
        var looks = 0
    }

    private let poison: String?
    private let limit: Int
    private let mayLook: Bool
    private let state = Locked(State())

    init(over poison: String? = nil, limit: Int = 200, mayLook: Bool = true) {
        self.poison = poison
        self.limit = limit
        self.mayLook = mayLook
    }

    /// How many contacts each batch had.
    var sizes: [Int] { state.withLock { $0.sizes } }
    /// How often contacts were asked for.
    var looks: Int { state.withLock { $0.looks } }

    var client: MauticClient {
        get throws {
            guard let url = HTTPURL("https://acme.example") else {
                throw TransportError(.badRequest, "no URL", mayHaveBeenSent: false)
            }
            return MauticClient(baseURL: url, transport: self, time: PatientTime())
        }
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        switch request.url.path {
        case "/api/contacts/batch/new": return batch(request)
        case "/api/contacts":
            state.withLock { $0.looks += 1 }
            return mayLook
                ? answer(200, #"{"total":"0","contacts":{}}"#) : answer(403, Captures.forbidden)
        default: return answer(403, Captures.forbidden)
        }
    }

    private func batch(_ request: HTTPRequest) -> HTTPResponse {
        let contacts = request.body.flatMap { try? JSON(parsing: $0) }?.elements ?? []
        let emails = contacts.compactMap { $0["email"]?.string }
        state.withLock { $0.sizes.append(emails.count) }
        guard emails.count <= limit, !emails.contains(where: { $0 == poison }) else {
            return answer(500, #"{"errors":[{"message":"error #500","code":500,"type":null}]}"#)
        }
        return state.withLock { state in
            var statuses: [String] = []
            let stored = contacts.map { contact -> String in
                let email = contact["email"]?.string ?? ""
                statuses.append(state.ids[email] == nil ? "201" : "200")
                let id = state.ids[email] ?? Int64(state.ids.count + 1)
                state.ids[email] = id
                let name = contact["firstname"]?.string ?? ""
                return
                    #"{"id":\#(id),"tags":[],"fields":{"all":{"id":"\#(id)","email":"\#(email)","firstname":"\#(name)"}}}"#
            }
            return answer(
                201,
                #"{"contacts":[\#(stored.joined(separator: ","))],"statusCodes":[\#(statuses.joined(separator: ","))]}"#
            )
        }
    }

    private func answer(_ status: Int, _ body: String) -> HTTPResponse {
        var fields = HTTPFields()
        fields.set("Content-Type", "application/json")
        return HTTPResponse(status: status, fields: fields, body: Secret(utf8: body))
    }
}
