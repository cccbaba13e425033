import SesameSecrets
import SesameSystem

/// Runs the programs that the configuration names for what has happened.
///
/// Some run at once, the others wait in order; where too many wait, the newest are dropped, and that is told once.
package actor Hooks {
    private let configuration: ConfigurationFile
    private let alarm: @Sendable (String) -> Void
    private var waiting: [BrokerEvent] = []
    private var running = 0
    private var dropped = 0
    private var isClosing = false
    private var idle: [CheckedContinuation<Void, Never>] = []

    /// - Parameter alarm: told, in words without a secret, of a program that did not do its work.
    package init(
        configuration: ConfigurationFile, alarm: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.alarm = alarm
    }

    /// Runs the program for an event, if there is one; does not wait for its end.
    package func take(_ event: BrokerEvent) {
        guard let settings = try? configuration.contents().broker,
            settings.hooks[event.kind] != nil
        else { return }
        guard waiting.count < Self.mostWaiting, !isClosing else {
            dropped += 1
            if dropped == 1 { alarm("too many hooks are waiting: some are dropped") }
            return
        }
        waiting.append(event)
        startWaiting()
    }

    /// Begins no more, and waits for those that run, but not for long.
    package func close(within limit: Duration) async {
        isClosing = true
        dropped += waiting.count
        waiting = []
        if dropped > 0 { alarm("\(dropped) hooks were not run") }
        guard running > 0 else { return }
        let time = SystemTime()
        Task {
            try? await time.sleep(for: limit)
            self.wake()
        }
        await withCheckedContinuation { idle.append($0) }
    }

    private func startWaiting() {
        while running < Self.mostAtOnce, !waiting.isEmpty {
            let event = waiting.removeFirst()
            running += 1
            Task {
                await self.run(event)
                self.end()
            }
        }
    }

    private func run(_ event: BrokerEvent) async {
        // Read again: what the configuration says now counts.
        guard let words = try? configuration.contents().broker.hooks[event.kind] else { return }
        let end = await ConfiguredProgram(words: words).run(
            event.variables, within: Self.timeLimit)
        switch end {
        case .success: return
        case .refusal: alarm("the hook \(event.kind.setting) ended with status 1")
        case .failure(let reason): alarm("the hook \(event.kind.setting) failed: \(reason)")
        }
    }

    private func end() {
        running -= 1
        startWaiting()
        if running == 0, waiting.isEmpty { wake() }
    }

    private func wake() {
        for continuation in idle { continuation.resume() }
        idle = []
    }

    private static let mostAtOnce = 4
    private static let mostWaiting = 10_000
    private static let timeLimit = Duration.seconds(30)
}

extension BrokerEvent {
    /// What the program finds in its environment.
    var variables: [String: String] {
        var variables = [
            "SESAME_EVENT": kind.rawValue, "SESAME_PROFILE": profile,
            "SESAME_MESSAGE": message.sanitised(limit: 1000), "SESAME_CODE": code?.rawValue ?? "",
        ]
        variables["SESAME_LOGIN_EXPIRES_AT"] = forecast.map { "\($0.endsAt)" } ?? ""
        variables["SESAME_LOGIN_EXPIRY_SOURCE"] = forecast?.source.rawValue ?? ""
        return variables
    }
}
