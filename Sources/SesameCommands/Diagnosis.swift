import SesameBrokerAPI
import SesameHTTP
import SesameMautic
import SesameSecrets

/// The only place that knows what a problem means for a person: exit code, words, and what to do next.
extension Failure {
    /// What the broker said, made ready for the terminal.
    /// - Parameter profile: the profile the command was about.
    init(_ problem: Problem, profile: String?) {
        // The broker knows the case at hand; ours are for when it has nothing to say.
        let hints =
            problem.hints.isEmpty
            ? problem.code.hints(profile: profile.map(Self.quoted)) : problem.hints.map(\.asMessage)
        self.init(problem.code, problem.detail.asMessage, hints: hints)
    }

    /// What Mautic said, which is sanitised already, or why it was not asked.
    init(_ error: MauticError, profile: String?) {
        let code: Problem.Code =
            switch error.code {
            case .invalidDraft: .usage
            case .unauthorised(.token): .loginRequired
            case .rateLimited, .temporary, .transport: .temporary
            // A page where an answer should be is no refusal: a portal or a proxy spoke instead.
            case .badResponse where (200..<300).contains(error.status ?? 0): .temporary
            case .validation, .notPermitted, .notFound, .unauthorised, .apiDisabled, .basicDisabled,
                .badResponse, .refused:
                .serverRefused
            }
        let own = code == .loginRequired ? code.hints(profile: profile.map(Self.quoted)) : []
        self.init(code, error.message.asMessage, hints: error.hints + own)
    }

    /// What Mautic said, or what the broker said before it came to asking.
    ///
    /// Of an exchange that failed Mautic's own side knows better what to do, but for a certificate.
    init(_ error: MauticError, _ problem: Problem?, profile: String) {
        if let problem, !problem.isOfExchange {
            self.init(problem, profile: profile)
        } else {
            self.init(error, profile: profile)
        }
    }

    /// A profile's name as it can be typed in a shell.
    private static func quoted(_ profile: String) -> String {
        let plain = profile.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
        return plain && !profile.isEmpty ? profile : "PROFILE"
    }
}

extension Problem {
    /// Whether the exchange with the server failed itself, other than over its certificate.
    var isOfExchange: Bool { transport.map { $0.code != .tls } ?? false }
}

extension Problem.Code {
    /// What the program exits with.
    var exit: ExitCode {
        switch self {
        case .internal: .internal
        case .usage, .configuration, .unknownProfile: .usage
        case .loginRequired: .loginRequired
        case .storeLocked, .keyMissing, .keyWrong, .keyUnreadable: .storeLocked
        case .temporary, .storeUnwritable, .auditUnwritable, .rateLimited: .temporary
        case .destinationRefused, .callerRefused: .refusedByPolicy
        case .serverRefused, .badCallback: .refusedByServer
        case .storeDamaged, .storeRolledBack: .storeDamaged
        }
    }

    fileprivate func hints(profile: String?) -> [String] {
        let name = profile ?? "PROFILE"
        return switch self {
        case .internal: ["run it again with -v to see the steps"]
        case .usage, .configuration, .callerRefused, .rateLimited, .badCallback: []
        case .unknownProfile: ["sesame profiles lists them; sesame setup \(name) makes one"]
        case .loginRequired: ["run: sesame login \(name)"]
        case .storeLocked: ["run: sesame unlock"]
        // What they are about, and what to do, differs; the message says it.
        case .keyWrong, .storeDamaged: []
        case .keyMissing, .keyUnreadable: ["sesame key status shows where the key comes from"]
        case .temporary: ["nothing stored was changed; try again later"]
        case .storeUnwritable, .auditUnwritable:
            ["see whether the disk is full and who owns the folder"]
        case .destinationRefused:
            ["allow it in the configuration of profile \(name): allow = https://host/path"]
        case .serverRefused: ["compare the profile with what is registered at the provider"]
        case .storeRolledBack: []
        }
    }
}

extension String {
    /// This text as one of our messages: safe to show, without a full stop.
    var asMessage: String { asMessage(limit: 400) }

    /// The same with more room, for what has to be copied whole.
    func asMessage(limit: Int) -> String {
        let text = sanitised(limit: limit)
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
