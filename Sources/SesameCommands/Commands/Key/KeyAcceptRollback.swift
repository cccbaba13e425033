import SesameBrokerAPI

extension Command {
    static let acceptRollback = Command(
        name: "key accept-rollback", summary: "take an older copy of the store as it is",
        details: [
            "This machine remembers how new the store was. An older one is refused, because its refresh "
                + "tokens may be spent: to use one again can end the login for good. After a copy was put "
                + "back on purpose this command takes it; logins that the server no longer knows are then "
                + "made again with sesame login."
        ],
        options: [Option(name: "yes", summary: "do not ask")],
        examples: [
            Example("sesame key accept-rollback", "Asks first."),
            Example("sesame key accept-rollback --yes", "From a script."),
        ],
        run: accept)
}

private func accept(_ context: Context) throws(Failure) -> ExitCode {
    try context.expectNoArguments(of: "key accept-rollback")
    if !context.arguments.has("yes") {
        guard context.terminal.isInteractive else {
            throw Failure.usage("nobody can be asked here", hints: ["take --yes if you are sure"])
        }
        context.output.tell(
            "Refresh tokens in an older store may be spent. Using one again can end that login.")
        guard
            try Questions(context).agree("Was the older store put there on purpose?", usual: false)
        else { throw Failure.usage("nothing was changed") }
    }
    let store = try context.ask { broker throws(Problem) in try broker.acceptRollback() }
    if context.output.isJSON {
        try context.output.object(store.json)
    } else {
        try context.output.line("the store is taken as it is")
    }
    return .done
}
