import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem

extension Command {
    static let kubernetesCredential = Command(
        name: "credential kubernetes", summary: "answer kubectl, as its exec plugin",
        details: [
            "It prints an ExecCredential in the version that KUBERNETES_EXEC_INFO asks for, else in v1. "
                + "Where the kubeconfig says provideClusterInfo: true, the cluster must be among the "
                + "destinations of the profile."
        ],
        arguments: [.profile],
        options: [.force],
        examples: [
            Example(
                "sesame credential kubernetes cluster | jq .status.expirationTimestamp",
                "Until when kubectl keeps the token.")
        ],
        run: answerKubernetes)
}

private func answerKubernetes(_ context: Context) throws(Failure) -> ExitCode {
    let profile = try context.profile().name
    let info = try ExecInfo(context.environment.given("KUBERNETES_EXEC_INFO"))
    try context.requireNoTerminal(for: "the token")
    // Where kubectl says that nobody is there, nobody is asked for a passphrase.
    if info.isInteractive == false { context.hasAsked.withLock { $0 = true } }
    let (token, expiresAt) = try token(of: profile, for: info.server, context)
    var status: [(String, JSONValue)] = [("token", .secret(token))]
    if let expiresAt { status.append(("expirationTimestamp", .string(expiresAt.description))) }
    try context.output.object(
        .object([
            ("apiVersion", .string(info.apiVersion)), ("kind", "ExecCredential"),
            ("status", .object(status)),
        ]))
    return .done
}

private func token(
    of profile: String, for server: String?, _ context: Context
) throws(Failure) -> (Secret, Timestamp?) {
    guard let server else {
        let token = try context.ask(about: profile) { broker throws(Problem) in
            try broker.token(of: profile)
        }
        return (token.accessToken, token.expiresAt)
    }
    let found = try context.ask(about: profile) { broker throws(Problem) in
        try broker.credential(for: server, profile: profile)
    }
    guard found.type == .bearer else {
        throw Failure.usage("profile \(profile.sanitised(limit: 64)) has a password and no token")
    }
    return (found.secret, found.expiresAt)
}
