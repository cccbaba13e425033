import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem

extension Command {
    static let status = Command(
        name: "status", summary: "show what is stored, how long it lasts, what went wrong",
        arguments: [
            Argument(
                name: "PROFILE", summary: "one profile; without it all", presence: .optional,
                content: .profile)
        ],
        options: [
            Option(
                name: "introspect",
                summary: "ask the server about the token that the profile holds")
        ],
        examples: [
            Example("sesame status", "All profiles."),
            Example("sesame status aivie --json", "One profile for a script."),
        ],
        run: showStatus)

    static let profiles = Command(
        name: "profiles", summary: "list the names of the profiles",
        examples: [Example("sesame profiles", "One name a line.")],
        run: listProfiles)
}

private func showStatus(_ context: Context) throws(Failure) -> ExitCode {
    let name = try context.optionalProfile()
    if context.arguments.has("introspect") { return try showIntrospection(of: name, context) }
    let statuses = try context.ask(about: name) { broker throws(Problem) in
        if let name { [try broker.status(of: name)] } else { try broker.profiles() }
    }
    if context.output.isJSON {
        for var status in statuses {
            status.settings = nil
            try context.output.object(status.json)
        }
        return .done
    }
    if statuses.isEmpty {
        context.output.note("there is no profile yet")
        context.output.hint("run: sesame setup")
        return .done
    }
    try show(statuses, context)
    return .done
}

private func show(_ statuses: [StatusMessage], _ context: Context) throws(Failure) {
    let now = context.surroundings.time.now
    var table = Table(["PROFILE", "GRANT", "STATE", "TOKEN", "LOGIN", "LAST RENEWED"])
    for status in statuses {
        table.append([
            status.profile.sanitised(limit: 40), status.grant.sanitised(limit: 30),
            status.state.inWords,
            status.accessExpiresAt.map { expiry($0, now) } ?? "-",
            status.loginExpiresAt.map { expiry($0, now) + status.origin } ?? "-",
            status.lastRenewedAt?.relative(to: now) ?? "-",
        ])
    }
    let lines = table.lines { row, column, text in
        if row == 0 { return context.output.colour(text, .bold, .output) }
        return column == 2
            ? context.output.colour(text, statuses[row - 1].state.colour, .output) : text
    }
    for line in lines { try context.output.line(line) }
    for status in statuses {
        guard let error = status.lastError else { continue }
        try context.output.line(
            "\(status.profile.sanitised(limit: 40)): last error: \(error.asMessage)")
    }
    for status in statuses {
        for warning in status.warnings {
            context.output.warning("\(status.profile.sanitised(limit: 40)): \(warning.asMessage)")
        }
    }
    for file in statuses.flatMap(\.files) {
        guard let error = file.error else { continue }
        try context.output.line(
            "file \(file.name.sanitised(limit: 40)): last error: \(error.asMessage)")
    }
    for status in statuses where status.state == .loginRequired {
        context.output.hint("run: sesame login \(status.profile.sanitised(limit: 40))")
    }
}

/// What the authorization server says, which may be something else than what is stored.
private func showIntrospection(
    of name: String?, _ context: Context
) throws(Failure) -> ExitCode {
    guard let name else { throw Failure.usage("--introspect needs a profile") }
    let said = try context.ask(about: name) { broker throws(Problem) in
        try broker.introspect(name)
    }
    guard !context.output.isJSON else {
        try context.output.object(said.json)
        return .done
    }
    try context.output.line("the server says: the token is \(said.active ? "good" : "no good")")
    let now = context.surroundings.time.now
    let facts = [
        ("scope", said.scope), ("client", said.clientID), ("type", said.tokenType),
        ("token", said.expiresAt.map { expiry($0, now) }),
    ]
    for case (let fact, let value?) in facts {
        try context.output.line("\(fact): \(value.sanitised(limit: 200))")
    }
    return .done
}

private func expiry(_ time: Timestamp, _ now: Timestamp) -> String {
    (time > now ? "expires " : "expired ") + time.relative(to: now)
}

extension StatusMessage {
    /// Behind a time that is not the server's own word.
    fileprivate var origin: String {
        switch loginExpirySource {
        case .learned: " (as before)"
        case .preset: " (usual)"
        case .server, nil: ""
        }
    }
}

extension StatusMessage.State {
    fileprivate var inWords: String {
        switch self {
        case .ready: "ready"
        case .loginRequired: "login required"
        case .renewing: "renewing"
        case .notSetUp: "not set up"
        }
    }

    fileprivate var colour: Colour {
        switch self {
        case .ready: .green
        case .renewing: .cyan
        case .loginRequired, .notSetUp: .yellow
        }
    }
}

private func listProfiles(_ context: Context) throws(Failure) -> ExitCode {
    guard context.arguments.positional.isEmpty else {
        throw Failure.usage("profiles takes no argument")
    }
    guard context.output.isJSON else {
        let names = try context.ask { broker throws(Problem) in try broker.profileNames() }
        for name in names { try context.output.line(name.sanitised()) }
        return .done
    }
    let statuses = try context.ask { broker throws(Problem) in try broker.profiles() }
    for status in statuses {
        try context.output.object(
            .object([
                ("profile", .string(status.profile)), ("grant", .string(status.grant)),
                ("state", .string(status.state.rawValue)),
            ]))
    }
    return .done
}
