import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem

extension Command {
    static let awsCredential = Command(
        name: "credential aws", summary: "answer AWS's tools, as their credential process",
        details: [
            "The broker gives the profile's token to AWS's security token service "
                + "(AssumeRoleWithWebIdentity) and prints the keys that come back. The service must be "
                + "among the destinations of the profile, and the role must trust its issuer."
        ],
        arguments: [.profile],
        options: [
            Option(name: "role-arn", value: "ARN", summary: "the role to take"),
            Option(
                name: "endpoint", value: "URL", summary: "the service (https://sts.amazonaws.com/)"),
            Option(
                name: "session-name", value: "N", summary: "the name in AWS's logs (sesame)"),
            Option(name: "duration", value: "S", summary: "seconds that the keys last, from 900"),
            .force,
        ],
        examples: [
            Example(
                "sesame credential aws cloud --role-arn arn:aws:iam::123456789012:role/deploy | jq .Expiration",
                "Until when the keys are valid.")
        ],
        run: answerAWS)
}

private func answerAWS(_ context: Context) throws(Failure) -> ExitCode {
    let arguments = context.arguments
    let profile = try context.profile().name
    guard let role = arguments["role-arn"] else {
        throw Failure.usage("which role? --role-arn is missing")
    }
    guard role.hasPrefix("arn:"), isVisible(role), role.utf8.count <= 2048 else {
        throw Failure.usage("--role-arn is no ARN: \(role.sanitised(limit: 80))")
    }
    let session = arguments["session-name"] ?? "sesame"
    guard isVisible(session), (2...64).contains(session.utf8.count) else {
        throw Failure.usage("--session-name has 2 to 64 characters, and no blank")
    }
    var message = WebIdentityMessage(
        endpoint: arguments["endpoint"] ?? "https://sts.amazonaws.com/", roleARN: role,
        sessionName: session)
    message.duration = try arguments.number("duration", in: 900...43_200)
    try context.requireNoTerminal(for: "the key")
    let keys = try context.ask(about: profile) { broker throws(Problem) in
        try broker.temporaryKeys(of: profile, message)
    }
    try context.output.object(
        .object([
            ("Version", .integer(1)), ("AccessKeyId", .secret(keys.accessKeyID)),
            ("SecretAccessKey", .secret(keys.secretAccessKey)),
            ("SessionToken", .secret(keys.sessionToken)),
            ("Expiration", .string(keys.expiresAt.description)),
        ]))
    return .done
}

private func isVisible(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
}
