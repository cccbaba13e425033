import Glibc
import SesameBrokerAPI
import SesameSecrets

extension Command {
    static let exec = Command(
        name: "exec", summary: "run a program with the token in its environment",
        details: [
            "The program takes the place of sesame: its exit code is the exit code. 127 means that it was "
                + "not found, 126 that it cannot be run. The token is valid for a while only; a program "
                + "that runs for long asks for it again with sesame token. A token that is bound to a key "
                + "(DPoP) is not given away: it would not work."
        ],
        arguments: [
            .profile,
            Argument(
                name: "CMD", summary: "the program and its arguments", presence: .rest,
                content: .program),
        ],
        options: [
            Option(name: "env", value: "NAME", summary: "the variable's name (SESAME_TOKEN)"),
            Option(
                name: "min-valid", value: "S", summary: "valid for S more seconds at the least (60)"
            ),
        ],
        examples: [
            Example(
                "sesame exec aivie -- ./import.sh", "The script finds the token in SESAME_TOKEN."),
            Example("sesame exec work --env API_TOKEN -- terraform plan", "In another variable."),
        ],
        run: execute)
}

private func execute(_ context: Context) throws(Failure) -> ExitCode {
    let profile = try context.profile().name
    guard let words = context.arguments.rest, let name = words.first else {
        throw Failure.usage(
            "which program? it stands behind --", hints: ["sesame exec \(profile) -- CMD…"])
    }
    let variable = context.arguments["env"] ?? "SESAME_TOKEN"
    guard isVariableName(variable) else {
        throw Failure.usage("--env: not the name of a variable: \(variable.sanitised(limit: 60))")
    }
    let minimumValidity = try context.arguments.number("min-valid", in: 0...31_536_000) ?? 60
    let program = try find(name, context.environment)
    let token = try context.ask(about: profile) { broker throws(Problem) in
        try broker.token(of: profile, minimumValidity: minimumValidity)
    }
    guard !token.isBound else {
        throw Failure.usage(
            "the token of profile \(profile) works with a proof for each request only (DPoP), which"
                + " \(name.sanitised()) cannot make",
            hints: [
                "let it call a proxy that adds both: a section [proxy NAME] of the configuration",
                "or sign each request: sesame header \(profile) --url URL --method METHOD",
            ])
    }
    // A broker of our own would else become the program's child.
    context.leaveBroker()
    var environment = context.environment.withoutSecrets
    environment[variable] = token.accessToken.dangerouslyRevealedText()
    let code = context.surroundings.become(program, words, environment)
    throw Failure(
        exit: ExitCode(code == ENOENT ? 127 : 126), code: "exec",
        "\(name.sanitised()) cannot be run: \(unsafe String(cString: strerror(code)))")
}

/// As a shell finds it: a name with a slash is a path, others are looked for on `PATH`.
private func find(_ name: String, _ environment: [String: String]) throws(Failure) -> String {
    if name.contains("/") {
        guard unsafe access(name, F_OK) == 0 else { throw notFound(name) }
        return name
    }
    guard let program = ProgramSearch.onPath(name, environment: environment) else {
        throw notFound(name)
    }
    return program
}

private func notFound(_ name: String) -> Failure {
    Failure(exit: ExitCode(127), code: "exec", "\(name.sanitised()): not found")
}

private func isVariableName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }
}
