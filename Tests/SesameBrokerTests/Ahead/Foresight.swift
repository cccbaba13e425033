import SesameAudit
import SesameBroker
import SesameSystem
import TestSupport

/// A household whose broker looks ahead, with its clock under the test's hand.
final class Foresight: Sendable {
    let home: Household
    let events = Locked<[BrokerEvent]>([])
    let caretaker: Caretaker
    private let running: Task<Void, Never>

    /// - Parameters:
    ///   - trail: where it is recorded what was handed out.
    ///   - begin: what there is before anybody looks; a login by default.
    init(
        _ configuration: String = Household.configuration,
        trail: AuditTrail? = nil,
        _ begin: (Household) async throws -> Void = { try await $0.logIn() }
    ) async throws {
        let notices = Locked<[BrokerNotice]>([])
        home = try Household(configuration) { parts in
            parts.trail = trail
            parts.notify = { notice in notices.withLock { $0.append(notice) } }
        }
        try await begin(home)
        let events = events
        let caretaker = Caretaker(home.broker, parts: home.parts) { event in
            events.withLock { $0.append(event) }
        }
        self.caretaker = caretaker
        pending = notices
        running = Task { await caretaker.run() }
    }

    private let pending: Locked<[BrokerNotice]>

    deinit { running.cancel() }

    /// Lets the clock run, step by step, until nothing is left to do at the end of it.
    func pass(seconds: Int64, step: Int64 = 60) async {
        await settle()
        var left = seconds
        while left > 0 {
            home.time.advance(seconds: min(step, left))
            left -= step
            await settle()
        }
    }

    /// Until the caretaker sleeps and no notice waits.
    /// - Parameter underWay: how many renewals the test holds.
    func settle(underWay: Int = 0) async {
        repeat {
            for notice in pending.withLock({ notices in
                defer { notices = [] }
                return notices
            }) { await caretaker.take(notice) }
            // Its alarm sleeps, too, which shows that none is on its way.
            while true {
                let rest = await caretaker.rest
                if rest.isAsleep, rest.underWay == underWay, home.time.sleepers > 0 { break }
                await Task.yield()
            }
        } while !pending.withLock(\.isEmpty)
    }

    var kinds: [BrokerEvent.Kind] { events.withLock { $0.map(\.kind) } }
    func outlook(_ name: String) async -> Outlook? {
        await caretaker.survey.first { $0.profile == name }
    }
}
