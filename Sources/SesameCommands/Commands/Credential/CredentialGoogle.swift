import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem

extension Command {
    static let googleCredential = Command(
        name: "credential google",
        summary: "answer Google's libraries, as their credential executable",
        details: [
            "For workload identity federation with executable-sourced credentials. The access token of the "
                + "profile must be a JSON Web Token that the identity pool accepts. A failure is told in "
                + "JSON on standard output, as Google's libraries expect it, and on standard error."
        ],
        arguments: [.profile],
        options: [.force],
        examples: [
            Example(
                "sesame credential google cloud | jq .expiration_time",
                "The answer to a Google library, without the token.")
        ],
        run: answerGoogle)
}

private func answerGoogle(_ context: Context) throws(Failure) -> ExitCode {
    let profile = try context.profile().name
    try context.requireNoTerminal(for: "the token")
    do throws(Failure) {
        try context.output.object(try answer(profile, context))
        return .done
    } catch {
        try context.output.object(
            .object([
                ("version", .integer(1)), ("success", .bool(false)), ("code", .string(error.code)),
                ("message", .string(error.message)),
            ]))
        throw error
    }
}

private func answer(_ profile: String, _ context: Context) throws(Failure) -> JSONValue {
    let type = context.environment.given("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE") ?? jwtType
    guard [jwtType, idTokenType].contains(type) else {
        throw Failure.usage("tokens of type \(type.sanitised(limit: 80)) cannot be had here")
    }
    let token = try context.ask(about: profile) { broker throws(Problem) in
        try broker.token(of: profile)
    }
    guard token.accessToken.isWebToken else {
        throw Failure(
            .serverRefused,
            "the access token of profile \(profile.sanitised(limit: 64)) is no JSON Web Token",
            hints: ["ask the server's administrator for access tokens that are JWTs (RFC 9068)"])
    }
    var members: [(String, JSONValue)] = [
        ("version", .integer(1)), ("success", .bool(true)), ("token_type", .string(type)),
        ("id_token", .secret(token.accessToken)),
    ]
    if let expiresAt = token.expiresAt {
        members.append(("expiration_time", .integer(expiresAt.seconds)))
    }
    return .object(members)
}

private let jwtType = "urn:ietf:params:oauth:token-type:jwt"
private let idTokenType = "urn:ietf:params:oauth:token-type:id_token"
