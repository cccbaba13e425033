import SesameBroker
import SesameBrokerAPI
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// Each operation: message in, broker, message out.
extension Routes {
    func health(_ call: Call) async throws(Problem) -> ServerResponse {
        .json(HealthMessage(version: SesameVersion.current).json)
    }

    func measurements(_ call: Call) async throws(Problem) -> ServerResponse {
        let mayTell = try sight(call)
        let (caretaker, metrics) = (caretaker, metrics)
        // Not on the thread that serves: there may be very many profiles.
        let text = await Task.detached {
            let outlooks = await caretaker?.survey ?? []
            return Exposition(
                mayTell(nil) ? metrics.counts : nil, outlooks.filter { mayTell($0.profile) },
                at: SystemTime().now
            ).text
        }.value
        var response = ServerResponse(status: 200, body: Secret(utf8: text))
        response.fields.set("Content-Type", Exposition.mediaType)
        response.fields.set("Cache-Control", "no-store")
        return response
    }

    func providers(_ call: Call) async throws(Problem) -> ServerResponse {
        .json(ProvidersMessage(providers: Provider.all.map { ProviderMessage($0) }).json)
    }

    func profiles(_ call: Call) async throws(Problem) -> ServerResponse {
        if try call.flag("names") { return try await names(call) }
        let mayTell = try sight(call)
        var list = ProfilesMessage.Writer()
        try await fromBroker { broker throws(BrokerError) in
            for try await report in broker.statuses() where mayTell(report.profile.name) {
                list.append(await message(of: report))
            }
        }
        return .json(text: list.finish())
    }

    /// The names alone: for them no store is opened, and no program is asked for its key.
    private func names(_ call: Call) async throws(Problem) -> ServerResponse {
        let names = try await fromBroker { broker throws(BrokerError) in
            try await broker.profileNames()
        }
        let visible = names.filter(try sight(call))
        return .json(ProfileNamesMessage(names: visible).json)
    }

    func profile(_ call: Call) async throws(Problem) -> ServerResponse {
        let report = try await fromBroker { broker throws(BrokerError) in
            try await broker.status(call.name)
        }
        var message = await message(of: report)
        message.settings = Settings(report.profile)
        return .json(message.json)
    }

    private func message(of report: StatusReport) async -> StatusMessage {
        var message = StatusMessage(report)
        message.files = await caretaker?.files(of: report.profile.name).map { FileStatus($0) } ?? []
        return message
    }

    func setUp(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try ProfileChangeMessage(json: json)
        }
        var changes: [String: [String]] = [:]
        for entry in message.settings.entries { changes[entry.key] = entry.values }
        // The key of another profile would make this one its client.
        let keyFile = Profile.keyFileSettings.first { changes[$0]?.isEmpty == false }
        if let keyFile, try !reach(call, .manage)(nil) {
            throw Problem(
                .callerRefused, "only who may manage all profiles may name a key file",
                hints: ["write it into the configuration: \(keyFile) = …"])
        }
        var secrets = ClientSecrets(
            clientSecret: message.clientSecret, username: message.username,
            password: message.password)
        secrets.clientSecretExpiresAt = message.clientSecretExpiresAt
        if let added = message.addedClientSecret {
            secrets.laterClientSecrets = [
                DatedSecret(added, expiresAt: message.clientSecretExpiresAt)
            ]
        }
        let report = try await fromBroker { broker throws(BrokerError) in
            try await broker.setUp(
                call.name, changes: changes, secrets: secrets,
                registration: message.register
                    ? RegistrationWish(initialAccessToken: message.initialAccessToken) : nil)
        }
        return .json(ProfileMessage(report).json)
    }

    func token(_ call: Call) async throws(Problem) -> ServerResponse {
        var query = Broker.TokenQuery(profile: call.name)
        query.minimumValidity = try call.seconds("min_valid", default: 60)
        query.forcesRenewal = try call.flag("refresh")
        query.scope = call.query["scope"]
        query.resource = call.query["resource"]
        query.narrowedScope = call.permit.scope
        let token = try await fromBroker { broker throws(BrokerError) in
            try await broker.accessToken(query)
        }
        call.slip.note(token: token.value, scope: token.scope)
        var message = TokenMessage(
            profile: call.name, accessToken: token.value, tokenType: token.type.name,
            expiresAt: token.expiresAt, scope: token.scope)
        message.needsCertificate = broker.showsCertificate(call.name)
        return .json(message.json)
    }

    func headers(_ call: Call) async throws(Problem) -> ServerResponse {
        guard let url = call.query["url"] else { throw Problem(.usage, "url is missing") }
        let method = call.query["method"] ?? "GET"
        call.slip.note(method: method, url: url)
        let signed = try await fromBroker { broker throws(BrokerError) in
            try await broker.headers(
                call.name, method: method, url: url, narrowedScope: call.permit.scope)
        }
        call.slip.note(signed.url, signed.fields)
        var message = HeadersMessage(url: signed.url.description, headers: signed.fields)
        message.needsCertificate = broker.showsCertificate(call.name)
        return .json(message.json)
    }

    func send(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try SignedRequestMessage(json: json)
        }
        call.slip.note(method: message.method, url: message.url)
        guard let placeholder = HTTPURL("https://localhost/") else {
            throw Problem(.internal, "no URL")
        }
        var request = HTTPRequest(message.method, placeholder)
        request.fields = message.headers
        request.body = message.body
        request.timeout = message.timeout
        request.maximumResponseBytes = 8 << 20
        let response = try await fromBroker { broker throws(BrokerError) in
            try await broker.send(
                request, to: message.url, for: call.name, narrowedScope: call.permit.scope
            ) { request throws(BrokerError) in
                try await call.slip.recordSending(request)
            }
        }
        return .json(
            SignedResponseMessage(
                status: response.status, headers: response.fields, body: response.body
            ).json)
    }

    func beginLogin(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try LoginStartMessage(json: json)
        }
        let start = try await fromBroker { broker throws(BrokerError) in
            try await broker.beginLogin(
                call.name, mode: LoginMode(message.mode), timeout: message.timeout)
        }
        // How it ends is recorded then.
        if case .pending = start.report.state { call.slip.note(outcome: "begun") }
        return .json(LoginMessage(start).json, status: 201)
    }

    func login(_ call: Call) async throws(Problem) -> ServerResponse {
        let wait = try call.number("wait", in: 0...60) ?? 0
        let report = try await fromBroker { broker throws(BrokerError) in
            try await broker.login(call.name, wait: wait)
        }
        return .json(LoginMessage(report).json)
    }

    func deliver(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try CallbackMessage(json: json)
        }
        let report = try await fromBroker { broker throws(BrokerError) in
            try await broker.deliver(message.url.dangerouslyRevealedText(), to: call.name)
        }
        return .json(LoginMessage(report).json)
    }

    func cancelLogin(_ call: Call) async throws(Problem) -> ServerResponse {
        await broker.cancelLogin(call.name)
        return ServerResponse(status: 204)
    }

    func introspect(_ call: Call) async throws(Problem) -> ServerResponse {
        let said = try await fromBroker { broker throws(BrokerError) in
            try await broker.introspect(call.name)
        }
        return .json(
            IntrospectionMessage(
                profile: call.name, active: said.isActive, scope: said.scope,
                clientID: said.clientID, tokenType: said.tokenType, expiresAt: said.expiresAt
            ).json)
    }

    func logout(_ call: Call) async throws(Problem) -> ServerResponse {
        let report = try await fromBroker { broker throws(BrokerError) in
            try await broker.logout(call.name)
        }
        return .json(
            LogoutMessage(
                profile: call.name, revoked: report.wasRevoked, forgotten: report.wasForgotten,
                note: report.note
            ).json)
    }
}

extension Routes {
    /// The only place where the broker's error becomes a problem document.
    func fromBroker<Value>(
        _ body: (Broker) async throws(BrokerError) -> Value
    ) async throws(Problem) -> Value {
        do throws(BrokerError) { return try await body(broker) } catch { throw Problem(error) }
    }
}

extension Problem {
    init(_ error: BrokerError) {
        self.init(
            Problem.Code(rawValue: error.code.rawValue) ?? .internal, error.message,
            hints: error.hints, transport: error.transport)
        retryAfter = error.retryAfter
    }
}

extension Call {
    /// The content as one of the API's messages.
    func message<Message>(
        _ read: (JSON) throws(MalformedMessage) -> Message
    ) throws(Problem) -> Message {
        let json = try json()
        do throws(MalformedMessage) { return try read(json) } catch {
            throw Problem(.usage, error.description)
        }
    }
}
