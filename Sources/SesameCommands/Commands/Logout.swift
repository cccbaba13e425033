import SesameBrokerAPI

extension Command {
    static let logout = Command(
        name: "logout", summary: "revoke the login at the server if possible, and forget it",
        arguments: [.profile],
        examples: [Example("sesame logout aivie", "Says which of the two happened.")],
        run: logOut)
}

private func logOut(_ context: Context) throws(Failure) -> ExitCode {
    let profile = try context.profile().name
    let message = try context.ask(about: profile) { broker throws(Problem) in
        try broker.logout(profile)
    }
    if context.output.isJSON {
        try context.output.object(message.json)
        return .done
    }
    let words =
        switch (message.revoked, message.forgotten) {
        case (true, true): "revoked at the server, and forgotten here"
        case (false, true): "forgotten here; not revoked at the server"
        case (true, false): "revoked at the server; nothing was stored here"
        case (false, false): "nothing was stored"
        }
    try context.output.line(words)
    if let note = message.note { context.output.note(note.asMessage) }
    return .done
}
