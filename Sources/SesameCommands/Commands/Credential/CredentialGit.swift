import SesameBrokerAPI
import SesameHTTP
import SesameSecrets
import SesameSystem

extension Command {
    static let gitCredential = Command(
        name: "credential git", summary: "answer git, as its credential helper",
        details: [
            "git calls it as git-credential-sesame, which is this program by another name. It answers for "
                + "hosts among the destinations of a profile, and is silent about all others. To "
                + "let git ask: git config --global credential.helper sesame"
        ],
        arguments: [
            Argument(
                name: "OPERATION", summary: "git adds it by itself",
                content: .words(["get", "store", "erase"]))
        ],
        examples: [
            Example(
                "printf 'protocol=https\\nhost=git.example\\n' | sesame credential git get",
                "What git would get.")
        ],
        run: answerGit)
}

private func answerGit(_ context: Context) throws(Failure) -> ExitCode {
    let operation = try context.operation(of: ["get", "store", "erase"])
    if operation == "capability" {
        try context.output.line("version 0\ncapability authtype")
        return .done
    }
    let input = try context.terminal.readInput(limit: 65_536)
    // Whatever else there may be one day is to be ignored (gitcredentials, CUSTOM HELPERS), and a
    // token that worked is stored already.
    guard operation == "get" || operation == "erase" else { return .done }
    let request: GitRequest
    do throws(GitAttributes.Refusal) { request = try GitRequest(input) } catch {
        throw Failure.usage("nothing is answered to git: \(error.reason)")
    }
    return operation == "get" ? try give(request, context) : try reject(request, context)
}

private func give(_ request: GitRequest, _ context: Context) throws(Failure) -> ExitCode {
    guard let url = request.url, let found = try context.credential(for: url) else { return .done }
    try found.requirePlain(for: "git")
    guard let lines = found.lines(for: request) else {
        context.output.step("profile \(found.profile.sanitised()) is of another user")
        return .done
    }
    try context.terminal.write(lines, to: .output)
    return .done
}

private func reject(_ request: GitRequest, _ context: Context) throws(Failure) -> ExitCode {
    guard let url = request.url, let refused = request.refused else { return .done }
    let profile = context.arguments["profile"]
    _ = try context.unlessForeign(url) { broker throws(Problem) in
        try broker.reject(refused, for: url.description, profile: profile)
    }
    return .done
}

extension CredentialMessage {
    /// The answer; `nil` where git has been told of a user who is not the one of this password.
    ///
    /// A refresh token never stands in it, though git would take one.
    fileprivate func lines(for request: GitRequest) -> Secret? {
        var lines: [(name: String, value: Secret)]
        if type == .bearer, request.takesBearer {
            lines = [
                ("capability[]", Secret(utf8: "authtype")), ("authtype", Secret(utf8: "Bearer")),
                ("credential", secret), ("ephemeral", Secret(utf8: "1")),
            ]
        } else {
            if type == .basic, let wanted = request.username, !wanted.equals(username) {
                return nil
            }
            lines = [("username", request.username ?? username), ("password", secret)]
        }
        if let expiresAt {
            lines.append(("password_expiry_utc", Secret(utf8: String(expiresAt.seconds))))
        }
        var out = SecretBuffer(capacity: secret.count + 256)
        for line in lines {
            out.append(line.name + "=")
            out.append(line.value)
            out.append("\n")
        }
        return Secret(out)
    }
}
