import SesameBrokerAPI
import SesameHTTP
import SesameSecrets

/// A set-up that begins with the address of a protected resource, which says itself whose tokens it takes (RFC 9728).
struct ResourceSetup {
    let context: Context
    let profile: String
    let resource: String

    /// The resource that the options begin with; `nil` where they name the server and its client, or the profile has both.
    init?(_ context: Context, profile: String) throws(Failure) {
        let arguments = context.arguments
        let resources = arguments.all("resource").filter { !$0.isEmpty }
        let isWhole = arguments.has("issuer") && arguments.has("client-id")
        guard resources.count == 1, !isWhole, !arguments.has("provider") else {
            guard !arguments.has("trust-issuer") else {
                throw Failure.usage(
                    "--trust-issuer goes with one --resource, and without --client-id and --issuer")
            }
            return nil
        }
        let names = try context.ask { broker throws(Problem) in try broker.profileNames() }
        guard !names.contains(profile) else { return nil }
        self.init(context, profile: profile, resource: resources[0])
    }

    init(_ context: Context, profile: String, resource: String) {
        self.context = context
        self.profile = profile
        self.resource = resource
    }

    /// Adds to a change what the resource says, once somebody has agreed to the server that it names.
    func complete(_ change: inout ProfileChangeMessage) throws(Failure) {
        let question = ResourceQuestionMessage(
            resource: resource, certificateAuthorityFile: change.settings["ca_file"])
        let found = try context.ask(about: profile) { broker throws(Problem) in
            try broker.look(for: profile, question)
        }
        let issuer = try issuer(of: found)
        change.settings.set("issuer", [issuer])
        change.settings.set("resource", [found.resource])
        change.settings.set("allow", [found.resource])
        if let scope = found.scope, change.settings.values("scope").isEmpty,
            !context.arguments.has("scope")
        {
            change.settings.set("scope", [scope])
        }
        let scope = change.settings.values("scope").joined(separator: " ")
        context.output.tell(
            "logs in at \(issuer.sanitised()), for the scope: \(scope.isEmpty ? "(the server's usual one)" : scope.sanitised(limit: 500))"
        )
        if found.requiresDPoP { change.settings.set("dpop", ["required"]) }
        if change.settings["client_id"] == nil { change.register = true }
    }

    private func issuer(of found: ResourceMessage) throws(Failure) -> String {
        let servers = found.authorizationServers
        if let named = context.arguments["trust-issuer"] ?? context.arguments["issuer"] {
            guard let server = servers.first(where: { $0.issuer == named }) else {
                throw refusal("the resource does not name the server \(named.sanitised())", servers)
            }
            return server.issuer
        }
        let mayAsk = !context.output.isJSON && context.terminal.isInteractive
        guard mayAsk else { return try onlyTrusted(servers) }
        var chosen = servers.first
        if servers.count > 1 {
            let choices = servers.map {
                $0.issuer.sanitised() + ($0.trusted ? " (in use here)" : "")
            }
            let number = try Questions(context).choose(
                "Which server shall Sesame log in at?", choices)
            chosen = servers[number]
        }
        guard let chosen else { throw refusal("the resource names no server", servers) }
        if chosen.trusted { return chosen.issuer }
        try confirm(chosen.issuer, found)
        return chosen.issuer
    }

    /// The person sees the host by itself: the rest of an address can be made to look like one.
    private func confirm(_ issuer: String, _ found: ResourceMessage) throws(Failure) {
        let host = HTTPURL(issuer)?.authority ?? issuer
        let name = found.name.map { " (“\($0.sanitised(limit: 80))”)" } ?? ""
        context.output.tell("\(found.resource.sanitised())\(name) takes tokens of this server:")
        context.output.tell("  host:   \(host.sanitised())")
        context.output.tell("  issuer: \(issuer.sanitised())")
        context.output.tell("No profile uses it yet. It will see your login.")
        guard try Questions(context).agree("Do you trust \(host.sanitised())?", usual: false) else {
            throw Failure(.destinationRefused, "nothing was changed")
        }
    }

    private func onlyTrusted(_ servers: [ResourceMessage.Server]) throws(Failure) -> String {
        guard servers.count == 1, let server = servers.first else {
            throw refusal("the resource takes tokens of several servers", servers)
        }
        guard server.trusted else {
            throw refusal(
                "the resource takes tokens of \(server.issuer.sanitised()), which no profile uses yet",
                servers)
        }
        return server.issuer
    }

    /// With the command that says what is missing.
    private func refusal(_ message: String, _ servers: [ResourceMessage.Server]) -> Failure {
        Failure(
            .destinationRefused, message,
            hints: servers.prefix(5).map { server in
                "if you trust it: sesame setup \(profile.sanitised()) --resource \(shellWord(resource)) "
                    + "--trust-issuer \(shellWord(server.issuer))"
            })
    }
}
