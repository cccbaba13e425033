import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesameSecrets

extension Command {
    static let dockerCredential = Command(
        name: "credential docker", summary: "answer docker, as its credential helper",
        details: [
            "docker calls it as docker-credential-sesame, which is this program by another name. Name it "
                + "for single registries, in credHelpers of docker's config.json: with credsStore docker "
                + "sends all that list shows to its daemon.",
            "docker reads failures from standard output, so they stand there as well.",
        ],
        arguments: [
            Argument(
                name: "OPERATION", summary: "docker adds it by itself",
                content: .words(["get", "store", "erase", "list"]))
        ],
        examples: [
            Example(
                "echo registry.example | sesame credential docker get", "What docker would get.")
        ],
        run: answerDocker)
}

private func answerDocker(_ context: Context) throws(Failure) -> ExitCode {
    do throws(Failure) {
        return try carryOut(
            try context.operation(of: ["get", "store", "erase", "list"]), context)
    } catch {
        try context.output.line(error.message)
        throw error
    }
}

private func carryOut(_ operation: String, _ context: Context) throws(Failure) -> ExitCode {
    switch operation {
    case "version":
        try context.output.line(
            "docker-credential-sesame (sesame) \(SesameVersion.current)")
        return .done
    case "list": return try list(context)
    case "get": return try give(context)
    // A login is made by sesame and not by docker login, and docker logout names no token.
    case "store", "erase":
        _ = try context.terminal.readInput(limit: 65_536)
        return .done
    default:
        throw Failure.usage("docker knows no operation \(operation.sanitised(limit: 40))")
    }
}

private func give(_ context: Context) throws(Failure) -> ExitCode {
    let input = try context.terminal.readInput(limit: 65_536)
    guard let server = DockerServer(input) else {
        try context.output.line("no credentials server URL")
        return ExitCode(1)
    }
    guard let url = server.url, let found = try context.credential(for: url) else {
        // docker compares this text byte for byte.
        try context.output.line("credentials not found in native keychain")
        return ExitCode(1)
    }
    try found.requirePlain(for: "docker")
    try context.output.object(
        .object([
            ("ServerURL", .string(server.name)), ("Username", .secret(found.username)),
            ("Secret", .secret(found.secret)),
        ]))
    return .done
}

/// Shows the profiles that are meant for tools like this one: those that say `credential_username`.
///
/// docker fetches whatever is listed and sends it to its daemon, which may be another machine.
private func list(_ context: Context) throws(Failure) -> ExitCode {
    let found = try context.ask { broker throws(Problem) in
        try broker.profiles().map { status throws(Problem) in
            try broker.status(of: status.profile)
        }
    }
    var members: [(String, JSONValue)] = []
    for settings in found.compactMap(\.settings) {
        guard let username = settings["credential_username"] else { continue }
        let allowed = settings.values("allow")
        for place in allowed.isEmpty ? settings.values("base_url") : allowed
        where !members.contains(where: { $0.0 == place }) {
            members.append((place, .string(username)))
        }
    }
    try context.output.object(.object(members))
    return .done
}
