import SesameBrokerAPI
import SesameHTTP
import SesameMautic
import SesameSecrets
import SesameSystem

extension Command {
    static let doctor = Command(
        name: "doctor", summary: "find out what works, and why something does not",
        details: [
            "It asks the broker, then for each profile whether a token can be had. Of a profile for Mautic or Aivie it "
                + "also asks the server: address, API, credential, clock, version, and the rights of the role. Nothing is "
                + "changed there. The exit code is that of the first thing that failed."
        ],
        arguments: [
            Argument(
                name: "PROFILE", summary: "one profile; without it all", presence: .optional,
                content: .profile)
        ],
        examples: [
            Example("sesame doctor aivie", "One profile, and the server behind it."),
            Example("sesame doctor --json", "All of them; an object for each thing, for a script."),
        ],
        run: examine)
}

private func examine(_ context: Context) throws(Failure) -> ExitCode {
    let only = try context.optionalProfile()
    let report = DoctorReport(context)
    let health = try context.ask { broker throws(Problem) in try broker.health() }
    try report.add(.broker(health))
    let names =
        if let only { [only] } else {
            try context.ask { broker throws(Problem) in try broker.profileNames() }
        }
    for name in names {
        let status: StatusMessage
        do throws(Failure) {
            status = try context.ask(about: name) { broker throws(Problem) in
                try broker.status(of: name)
            }
        } catch {
            // One that is not as it should be says nothing of the others.
            guard error != .interrupted, only == nil else { throw error }
            try report.add(Diagnosis("configuration", failed: error, profile: name))
            continue
        }
        try examine(status, report, context)
    }
    if names.isEmpty { context.output.hint("there is no profile yet; run: sesame setup") }
    return report.exit
}

private func examine(
    _ status: StatusMessage, _ report: DoctorReport, _ context: Context
) throws(Failure) {
    let name = status.profile
    for warning in status.warnings {
        try report.add(Diagnosis("login", .warning, warning.asMessage, profile: name))
    }
    if status.grant == "basic" {
        try report.add(
            status.state == .ready
                ? Diagnosis("login", .ok, "user name and password are stored", profile: name)
                : Diagnosis(
                    "login",
                    failed: Failure(
                        Problem(
                            .loginRequired, "user name or password is missing",
                            hints: ["sesame setup \(name) --username U --password-stdin"]),
                        profile: name),
                    profile: name))
    } else {
        try report.add(token(of: name, context))
    }
    guard !report.hasFailed(name), isMautic(status.settings),
        let url = status.settings?["base_url"].flatMap({ HTTPURL($0) })
    else { return }
    let mautic = try ProfileMautic(at: url, as: name, context)
    for finding in blocking({ await mautic.client.examine() }) {
        let problem = finding.error.flatMap(mautic.problem)
        try report.add(Diagnosis(finding, problem, profile: name))
    }
}

/// Whether a token can be had, which renews it where it must be.
private func token(of name: String, _ context: Context) throws(Failure) -> Diagnosis {
    do throws(Failure) {
        let token = try context.ask(about: name) { broker throws(Problem) in
            try broker.token(of: name)
        }
        let now = context.surroundings.time.now
        let end = token.expiresAt.map { ", which expires \($0.relative(to: now))" } ?? ""
        return Diagnosis(
            "login", .ok, "there is a token of type \(token.tokenType.sanitised(limit: 20))\(end)",
            profile: name)
    } catch {
        // A person who interrupts means all of it.
        guard error != .interrupted else { throw error }
        return Diagnosis("login", failed: error, profile: name)
    }
}

private func isMautic(_ settings: Settings?) -> Bool {
    ["mautic", "aivie"].contains(settings?["provider"])
}
