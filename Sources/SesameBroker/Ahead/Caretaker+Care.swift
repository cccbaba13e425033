import SesameCrypto
import SesameSecrets
import SesameStore
import SesameSystem

/// What is done about one profile when it is due, and what is told of it.
extension Caretaker {
    func care(for name: String, _ settings: BrokerSettings) async {
        let (change, looks) = (changes[name], looksAtAll)
        // What has happened during the look, or the renewal, asks for another one.
        defer {
            if changes[name] != change || looksAtAll != looks {
                backoffs[name] = nil
                queue.set(name, time.now)
            }
        }
        var outlook: Outlook
        do throws(BrokerError) {
            outlook = try await broker.outlook(of: name)
            if !settings.renewsAhead { outlook.wish = .onUse }
            guard known?.contains(name) != false else { return }
            outlooks[name] = outlook
            watch(outlook, settings)
            try await fillFiles(outlook, settings)
        } catch {
            return retry(name, error, settings)
        }
        let due = plan(outlook)
        guard let due, due <= time.now else { return schedule(outlook, due, settings) }
        do throws(BrokerError) {
            try await broker.renewAhead(outlook)
            // What it is like now decides when the next one is.
            queue.set(name, time.now)
        } catch {
            retry(name, error, settings)
        }
    }

    private func plan(_ outlook: Outlook) -> Timestamp? {
        RenewalPlan.next(for: outlook, at: time.now, chance: chance(outlook))
    }

    /// The next look: for the renewal, for a warning, for a reminder; whichever comes first.
    private func schedule(_ outlook: Outlook, _ due: Timestamp?, _ settings: BrokerSettings) {
        let name = outlook.profile
        var times = [due].compactMap(\.self)
        if let forecast = outlook.forecast {
            let warning = forecast.endsAt.adding(
                seconds: -forecast.warningTime(settings.warnBefore))
            times.append(
                warning > time.now
                    ? warning : reminders.next(.loginExpiring, name, settings) ?? forecast.endsAt)
        }
        times += [nextFileAttempt(of: name)].compactMap(\.self)
        if case .loginRequired = outlook.care {
            times += [reminders.next(.loginRequired, name, settings)].compactMap(\.self)
        }
        // Once a day in any case: another process may have logged in.
        times.append(time.now.adding(seconds: RenewalPlan.usePeriod))
        if let next = times.filter({ $0 > time.now }).min() { queue.set(name, next) }
    }

    /// Tells what only a person can do.
    private func watch(_ outlook: Outlook, _ settings: BrokerSettings) {
        let name = outlook.profile
        if case .loginRequired(let reason) = outlook.care {
            return tell(BrokerError(.loginRequired, reason), name, settings)
        }
        guard let forecast = outlook.forecast,
            time.now.seconds(until: forecast.endsAt) <= forecast.warningTime(settings.warnBefore)
        else { return reminders.forget([.loginExpiring], name) }
        var event = BrokerEvent(.loginExpiring, name)
        event.message =
            "the login of profile \(name) ends at \(forecast.endsAt): log in again before that"
        event.forecast = forecast
        tell(event, settings)
    }

    private func retry(_ name: String, _ error: BrokerError, _ settings: BrokerSettings) {
        let pause = backoffs[name, default: Backoff()].pause(
            after: error, chance: parts.random.chance)
        tell(error, name, settings)
        if let pause { return queue.set(name, time.now.adding(seconds: pause)) }
        guard error.code == .loginRequired else { return }
        outlooks[name]?.care = .loginRequired(error.message)
        let next = reminders.next(.loginRequired, name, settings)
        queue.set(name, next ?? time.now.adding(seconds: RenewalPlan.usePeriod))
    }

    func tell(_ error: BrokerError, _ name: String, _ settings: BrokerSettings) {
        // A store that is locked concerns no profile by itself.
        guard error.code != .storeLocked, error.code != .unknownProfile, !isStopping else {
            return
        }
        var event = BrokerEvent(error.code == .loginRequired ? .loginRequired : .failure, name)
        event.message = error.message
        event.code = error.code
        tell(event, settings)
    }

    private func tell(_ event: BrokerEvent, _ settings: BrokerSettings) {
        guard reminders.isDue(event.kind, event.profile, at: time.now, settings) else { return }
        report(event)
    }
}

extension RandomSource {
    /// A number from 0 to below 1.
    var chance: Double {
        let bits = bytes(7).withBytes { bytes in
            bytes.indices.reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
        }
        return Double(bits) / Double(UInt64(1) << 56)
    }
}
