import SesameSecrets
import SesameSystem

/// What a person, or a program of the owner's, has said about callers.
///
/// One question is asked once, however many wait for its answer, and a caller has one open at a time. A no holds for
/// a while, too: a caller that asks again and again must not bury anybody in dialogs.
actor Confirmations {
    struct Question: Hashable, Sendable {
        let rule: String
        /// The program: what another has said counts for nothing.
        let words: [String]
        let uid: UInt32
        let access: Access
        let profile: String?
    }

    enum Reply: Sendable {
        case yes
        case no
        /// It was not asked: too much is open.
        case later
    }

    private struct Answer {
        let isYes: Bool
        let until: Duration
    }

    private let time: any TimeSource
    private let alarm: @Sendable (String) -> Void
    private var answers: [Question: Answer] = [:]
    private var asked: [Question: Task<Bool, Never>] = [:]

    init(time: any TimeSource, alarm: @escaping @Sendable (String) -> Void) {
        self.time = time
        self.alarm = alarm
    }

    /// The answer, from memory or by asking.
    /// - Parameters:
    ///   - lifetime: seconds that a yes holds.
    ///   - ask: runs the program.
    func answer(
        _ question: Question, holdsFor lifetime: Int64,
        _ ask: @escaping @Sendable () async -> ConfiguredProgram.End
    ) async -> Reply {
        if let known = answers[question], time.uptime < known.until {
            return known.isYes ? .yes : .no
        }
        if let asked = asked[question] { return await asked.value ? .yes : .no }
        let isOpen = asked.keys.contains { $0.rule == question.rule && $0.uid == question.uid }
        guard !isOpen, asked.count < Self.mostQuestions else { return .later }
        let task = Task {
            let end = await ask()
            self.note(end, question, lifetime)
            return end == .success
        }
        asked[question] = task
        return await task.value ? .yes : .no
    }

    private func note(_ end: ConfiguredProgram.End, _ question: Question, _ lifetime: Int64) {
        asked[question] = nil
        if case .failure(let reason) = end {
            alarm("[caller \(question.rule)] could not be confirmed: \(reason)")
        }
        answers = answers.filter { time.uptime < $0.value.until }
        let seconds = end == .success ? lifetime : Self.refusalLifetime
        answers[question] = Answer(
            isYes: end == .success, until: time.uptime + .seconds(seconds))
    }

    /// How long a program may take to answer: a person has to read.
    static let timeLimit = Duration.seconds(60)
    private static let refusalLifetime: Int64 = 10
    private static let mostQuestions = 64
}

extension Confirmations.Question {
    func variables(_ caller: Caller, _ process: PeerProcess?) -> [String: String] {
        [
            "SESAME_ACCESS": access.word, "SESAME_PROFILE": (profile ?? "").sanitised(limit: 64),
            "SESAME_CALLER": rule, "SESAME_CALLER_UID": String(uid),
            "SESAME_CALLER_PID": String(caller.pid),
            "SESAME_CALLER_EXECUTABLE": process?.executable?.sanitised(limit: 400) ?? "",
            "SESAME_CALLER_UNIT": (process?.unit ?? "").sanitised(limit: 200),
        ]
    }
}
