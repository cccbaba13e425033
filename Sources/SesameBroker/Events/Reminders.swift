package import SesameSystem

/// Keeps one matter from being told again and again.
package struct Reminders: Sendable {
    private struct Matter: Hashable {
        let profile: String
        let kind: BrokerEvent.Kind
    }

    private struct Told {
        var count = 0
        var last: Timestamp
    }

    private var told: [Matter: Told] = [:]

    package init() {}

    /// Whether a matter is to be told now; if so, it counts as told.
    package mutating func isDue(
        _ kind: BrokerEvent.Kind, _ profile: String, at now: Timestamp, _ settings: BrokerSettings
    ) -> Bool {
        guard settings.reminders > 0 else { return false }
        let matter = Matter(profile: profile, kind: kind)
        guard var earlier = told[matter] else {
            told[matter] = Told(count: 1, last: now)
            return true
        }
        let pause = earlier.last.seconds(until: now)
        // A clock that jumped back must not silence it for as long.
        guard earlier.count < settings.reminders, pause >= settings.remindEvery || pause < 0 else {
            return false
        }
        earlier.count += 1
        earlier.last = now
        told[matter] = earlier
        return true
    }

    /// When the next reminder of a matter that was told is due; `nil` where it was the last one.
    package func next(
        _ kind: BrokerEvent.Kind, _ profile: String, _ settings: BrokerSettings
    ) -> Timestamp? {
        guard let earlier = told[Matter(profile: profile, kind: kind)],
            earlier.count < settings.reminders
        else { return nil }
        return earlier.last.adding(seconds: settings.remindEvery)
    }

    /// The matter is over: the next time is the first.
    package mutating func forget(_ kinds: [BrokerEvent.Kind], _ profile: String) {
        for kind in kinds { told[Matter(profile: profile, kind: kind)] = nil }
    }
}
