import SesameAudit
import SesameBroker
import SesameBrokerAPI
import SesameHTTP
import SesameHTTPServer
import SesameOAuth
import SesameSecrets

/// Credentials for tools that know where they want to go, and no profile.
extension Routes {
    func credential(_ call: Call) async throws(Problem) -> ServerResponse {
        guard let url = call.query["url"] else { throw Problem(.usage, "url is missing") }
        let minimumValidity = try call.seconds("min_valid", default: 60)
        let (profile, permit) = try await admit(call, to: url, named: call.query["profile"])
        let given = try await fromBroker { broker throws(BrokerError) in
            try await broker.credential(
                for: url, of: profile, minimumValidity: minimumValidity,
                narrowedScope: permit.scope)
        }
        call.slip.note(url: given.destination.description)
        // People choose passwords that can be guessed, so these have no fingerprint.
        if given.kind == .bearer { call.slip.note(token: given.secret, scope: given.scope) }
        return .json(CredentialMessage(profile: profile, given).json)
    }

    func rejectCredential(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try RejectionMessage(json: json)
        }
        let (profile, permit) = try await admit(call, to: message.url, named: message.profile)
        let isReplaced = try await fromBroker { broker throws(BrokerError) in
            try await broker.reject(
                message.secret, for: message.url, of: profile, narrowedScope: permit.scope)
        }
        return .json(RejectionAnswerMessage(profile: profile, isReplaced: isReplaced).json)
    }

    func exchangeWebIdentity(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try WebIdentityMessage(json: json)
        }
        call.slip.note(method: "POST", url: message.endpoint)
        var query = WebIdentityQuery(
            profile: call.name, endpoint: message.endpoint, roleARN: message.roleARN,
            sessionName: message.sessionName)
        query.duration = message.duration
        query.narrowedScope = call.permit.scope
        let keys = try await fromBroker { broker throws(BrokerError) in
            try await broker.temporaryKeys(query) { request, token throws(BrokerError) in
                call.slip.note(token: token.value, scope: token.scope)
                try await call.slip.recordSending(request)
            }
        }
        return .json(
            TemporaryKeysMessage(
                profile: call.name, accessKeyID: keys.accessKeyID,
                secretAccessKey: keys.secretAccessKey, sessionToken: keys.sessionToken,
                expiresAt: keys.expiresAt
            ).json)
    }

    /// Lets the caller in to the profile that a destination is for.
    private func admit(
        _ call: Call, to url: String, named name: String?
    ) async throws(Problem) -> (profile: String, Permit) {
        call.slip.note(url: url)
        let profile: String
        if let name { profile = name } else { profile = try await onlyProfile(for: url, call) }
        call.slip.note { $0.profile = profile }
        let permit = try await admit(call, to: .token, of: profile)
        call.slip.note { $0.caller?.rule = permit.rule }
        return (profile, permit)
    }

    /// The one profile that a destination is for, of those that the caller may have tokens of; the others are
    /// not there for him.
    private func onlyProfile(for url: String, _ call: Call) async throws(Problem) -> String {
        let isWithinReach = try reach(call, .token)
        let fitting = try await fromBroker { broker throws(BrokerError) in
            try await Self.profiles(for: url, of: broker).get()
        }.filter { isWithinReach($0) }
        let shown = url.prefix { $0 != "?" }.description.sanitised(limit: 120)
        guard let first = fitting.first else {
            throw Problem(
                .unknownProfile, "no profile has \(shown) among its destinations",
                hints: ["allow it in the profile that it is for: allow = https://host/path"])
        }
        guard fitting.count == 1 else {
            let names = fitting.prefix(20).joined(separator: ", ")
            throw Problem(
                .usage, "\(shown) is a destination of several profiles: \(names)",
                hints: ["choose one: --profile \(first)"])
        }
        return first
    }
}

extension Routes {
    /// Not on the thread that serves: the first time, all profiles are looked at.
    private static func profiles(
        for url: String, of broker: Broker
    ) async -> Result<[String], BrokerError> {
        await Task.detached {
            do throws(BrokerError) { return .success(try broker.profiles(for: url)) } catch {
                return .failure(error)
            }
        }.value
    }
}

extension CredentialMessage {
    fileprivate init(profile: String, _ given: DestinedCredential) {
        self.init(
            profile: profile, type: given.kind == .bearer ? .bearer : .basic,
            username: given.username, secret: given.secret, expiresAt: given.expiresAt,
            scope: given.scope)
    }
}
