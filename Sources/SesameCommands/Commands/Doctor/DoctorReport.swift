import SesameBrokerAPI
import SesameJSON
import SesameMautic
import SesameSecrets
import SesameSystem

/// One thing that the doctor looked at.
struct Diagnosis {
    let subject: String
    let state: Finding.State
    let message: String
    let hints: [String]
    let profile: String?
    /// What the program exits with because of it.
    let exit: ExitCode

    init(_ subject: String, _ state: Finding.State, _ message: String, profile: String?) {
        self.subject = subject
        self.state = state
        self.message = message
        self.profile = profile
        hints = []
        exit = .done
    }

    init(_ subject: String, failed failure: Failure, profile: String?) {
        self.subject = subject
        self.profile = profile
        state = .failed
        message = failure.message
        hints = failure.hints
        exit = failure.exit
    }

    /// - Parameter problem: what the broker said to that question.
    init(_ finding: Finding, _ problem: Problem?, profile: String) {
        self.profile = profile
        state = finding.state
        guard finding.state == .failed, let error = finding.error else {
            subject = finding.subject.rawValue
            message = finding.message.asMessage
            hints = finding.hints
            exit = finding.state == .failed ? .refusedByServer : .done
            return
        }
        let failure = Failure(error, problem, profile: profile)
        let isOfLogin = problem.map(Self.isOfLogin) ?? false
        subject = isOfLogin ? "login" : finding.subject.rawValue
        message = isOfLogin ? "renewing the token: \(failure.message)" : failure.message
        exit = failure.exit
        // Nothing was to be done, and so nothing can have been.
        hints = problem?.isOfExchange == true ? ["try again later"] : failure.hints
    }

    /// Whether the broker met it before the question was sent, when it was to renew the token.
    private static func isOfLogin(_ problem: Problem) -> Bool {
        guard problem.transport == nil else { return false }
        return switch problem.code {
        case .loginRequired, .serverRefused, .temporary: true
        default: false
        }
    }

    static func broker(_ health: HealthMessage) -> Diagnosis {
        let version = health.version.sanitised(limit: 40)
        guard health.version == SesameVersion.current else {
            return Diagnosis(
                "broker", .warning,
                "the broker is version \(version), and this program \(SesameVersion.current): restart the broker",
                profile: nil)
        }
        return Diagnosis("broker", .ok, "version \(version) answers", profile: nil)
    }
}

/// Tells one thing after the other, as soon as it is known.
final class DoctorReport: Sendable {
    private let context: Context
    private let failures = Locked<[(profile: String?, exit: ExitCode)]>([])

    init(_ context: Context) {
        self.context = context
    }

    /// What the program exits with.
    var exit: ExitCode { failures.withLock { $0.first?.exit ?? .done } }

    func hasFailed(_ profile: String) -> Bool {
        failures.withLock { failures in failures.contains { $0.profile == profile } }
    }

    func add(_ diagnosis: Diagnosis) throws(Failure) {
        if diagnosis.state == .failed {
            failures.withLock { $0.append((diagnosis.profile, diagnosis.exit)) }
        }
        let output = context.output
        guard !output.isJSON else {
            return try output.object(
                .object([
                    ("profile", .optional(diagnosis.profile)),
                    ("check", .string(diagnosis.subject)),
                    ("state", .string(diagnosis.state.rawValue)),
                    ("message", .string(diagnosis.message)),
                    ("hints", .array(diagnosis.hints.map { .string($0) })),
                ]))
        }
        let (word, colour): (String, Colour) =
            switch diagnosis.state {
            case .ok: ("ok     ", .green)
            case .warning: ("warning", .yellow)
            case .failed: ("failed ", .red)
            }
        let place = [diagnosis.profile?.sanitised(limit: 64), diagnosis.subject].compactMap(\.self)
        try output.line(
            "\(output.colour(word, colour, .output))  \(place.joined(separator: " ")): \(diagnosis.message)"
        )
        for hint in diagnosis.hints { try output.line("         \(hint)") }
    }
}
