import SesameStore
import SesameSystem

/// Renews logins before anybody asks, keeps idle ones alive, and tells in time of those that only a person can save.
///
/// It knows of each profile when something is due, and looks again before it acts: what another process has done
/// meanwhile counts.
package actor Caretaker {
    let broker: Broker
    let parts: Broker.Parts
    let report: @Sendable (BrokerEvent) -> Void
    var queue = RenewalQueue()
    var reminders = Reminders()
    var backoffs: [String: Backoff] = [:]
    var known: ProfileList?
    var outlooks: [String: Outlook] = [:]
    /// Made when a token is first to be put in a file.
    var files: TokenFiles?
    /// How the token files stand, by their path.
    var fileStates: [String: FileState] = [:]
    private var underCare: Set<String> = []
    /// How often something has happened to a profile: what was found out before that is old.
    var changes: [String: Int] = [:]
    /// How often that concerned all of them.
    var looksAtAll = 0
    /// Whether the configuration could not be read at the last look.
    private var isUnreadable = false
    /// The wall clock beside the one that nobody sets, at the last look at both.
    private var clocks: (now: Timestamp, uptime: Duration)?
    private var sleepers: [CheckedContinuation<Void, Never>] = []
    private var isAwake = false
    var isStopping = false

    /// - Parameter report: told what has happened, as often as `reminders` allows.
    package init(
        _ broker: Broker, parts: Broker.Parts, report: @escaping @Sendable (BrokerEvent) -> Void
    ) {
        self.broker = broker
        self.parts = parts
        self.report = report
    }

    var time: any TimeSource { parts.time }

    /// Takes care until ``stop()``.
    package func run() async {
        while !isStopping {
            noticeClock()
            findProfiles()
            await removeSurplusFiles()
            await startWhatIsDue()
            await pause()
        }
    }

    /// Begins nothing more, and tells nobody what does not end well now.
    package func stop() {
        isStopping = true
        rouse()
    }

    /// Takes in what has happened; the profile is looked at again.
    package func take(_ notice: BrokerNotice) {
        switch notice {
        case .used(let profile), .loggedOut(let profile): reconsider(profile)
        case .loggedIn(let profile), .renewed(let profile, _):
            // What was told before is over; whether the end is still near shows at the look.
            reminders.forget([.loginRequired, .failure], profile)
            backoffs[profile] = nil
            reconsider(profile)
        case .renewalFailed(let profile, let error): tell(error, profile, settings)
        case .storeChanged: lookAtAll()
        }
        rouse()
    }

    /// Looks at every profile again, as after a change of the configuration.
    package func lookAgain() {
        lookAtAll()
        rouse()
    }

    private func reconsider(_ profile: String) {
        changes[profile, default: 0] += 1
        queue.set(profile, time.now)
    }

    /// What is known of all profiles, by name.
    package var survey: [Outlook] { outlooks.values.sorted { $0.profile < $1.profile } }

    /// Whether it sleeps, and how much is under way meanwhile: for tests that move its clock.
    package var rest: (isAsleep: Bool, underWay: Int) { (!sleepers.isEmpty && !isAwake, running) }

    private var settings: BrokerSettings {
        (try? parts.configuration.contents().broker) ?? BrokerSettings()
    }

    /// Takes in profiles that are new in the configuration, and lets go of those that are gone.
    private func findProfiles() {
        guard let contents = try? parts.configuration.contents() else {
            isUnreadable = true
            return
        }
        // Another list is one that was read anew: any line of it may be another one.
        guard contents.profiles !== known || isUnreadable else { return }
        isUnreadable = false
        for name in known?.names.filter({ !contents.profiles.contains($0) }) ?? [] { forget(name) }
        known = contents.profiles
        lookAtAll()
    }

    /// So many a second: a look at very many of them must not keep callers waiting.
    private func lookAtAll() {
        backoffs = [:]
        looksAtAll += 1
        guard let known else { return }
        for (number, name) in known.names.enumerated() {
            queue.hasten(name, time.now.adding(seconds: Int64(number / Self.looksASecond)))
        }
    }

    /// A wall clock that was set makes all times old.
    private func noticeClock() {
        let (now, uptime) = (time.now, time.uptime)
        defer { clocks = (now, uptime) }
        guard let clocks else { return }
        let drift = clocks.now.seconds(until: now) - (uptime - clocks.uptime).components.seconds
        if abs(drift) > Self.clockTolerance { lookAtAll() }
    }

    private func forget(_ name: String) {
        queue.remove(name)
        outlooks[name] = nil
        backoffs[name] = nil
        changes[name] = nil
        reminders.forget(BrokerEvent.Kind.allCases, name)
    }

    /// As many at once as the configuration allows; each that ends wakes the loop for the next.
    private func startWhatIsDue() async {
        let settings = settings
        while running < settings.renewalsAtOnce, !isStopping,
            let name = queue.take(at: time.now)
        {
            // One at a time for each profile; what is under way ends with another look.
            guard underCare.insert(name).inserted else {
                changes[name, default: 0] += 1
                continue
            }
            Task {
                await self.care(for: name, settings)
                self.end(name)
            }
            // So that callers of the broker come in between.
            await Task.yield()
        }
    }

    private func end(_ name: String) {
        underCare.remove(name)
        rouse()
    }

    private var running: Int { underCare.count }

    /// The same for the same credential, so that looking again does not move the plan.
    func chance(_ outlook: Outlook) -> Double {
        var state =
            UInt64(bitPattern: outlook.revision?.number ?? 0) &* 0x9E37_79B9_7F4A_7C15
            ^ UInt64(bitPattern: Int64(outlook.profile.hashValue))
        state = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        state = (state ^ state >> 27) &* 0x94D0_49BB_1331_11EB
        return Double((state ^ state >> 31) >> 11) / Double(UInt64(1) << 53)
    }

    /// Sleeps until something is due or has changed, and a minute at the most: the wall clock may be set, and the
    /// configuration changed by hand.
    private func pause() async {
        let seconds = secondsToNext
        guard !isAwake, seconds > 0 || running >= settings.renewalsAtOnce else {
            isAwake = false
            return
        }
        let alarm = setAlarm(seconds: max(1, seconds))
        await withCheckedContinuation { sleepers.append($0) }
        alarm.cancel()
        isAwake = false
    }

    private var secondsToNext: Int64 {
        guard let next = queue.next else { return 60 }
        return max(0, min(60, time.now.seconds(until: next)))
    }

    private func setAlarm(seconds: Int64) -> Task<Void, Never> {
        let time = time
        return Task {
            guard (try? await time.sleep(for: .seconds(seconds))) != nil else { return }
            self.rouse()
        }
    }

    private static let looksASecond = 200
    /// Seconds by which the two clocks may differ before somebody has set one of them.
    private static let clockTolerance: Int64 = 30

    private func rouse() {
        isAwake = true
        for sleeper in sleepers { sleeper.resume() }
        sleepers = []
    }
}
