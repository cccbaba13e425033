import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@testable import SesameBroker

/// A person has logged in, and the store does not take it at once.
@Suite struct `A login that is not saved yet` {
    /// Nobody knows then what is stored: it must not be taken for nothing.
    @Test func `is saved over an older one as soon as the store is unlocked`() async throws {
        let house = try await house()
        try await keepLogin(in: house, while: house.store.isLocked)
        #expect(try await refreshToken(in: house) == "refresh-1")
        house.store.isLocked.withLock { $0 = false }
        #expect(try await house.token() == "access-new")
        #expect(try await refreshToken(in: house) == "refresh-new")
        #expect(house.server.requests.isEmpty)
    }

    @Test func `is saved where nothing was`() async throws {
        let house = try await house()
        try await house.store.forget("aivie")
        try await keepLogin(in: house, while: house.store.isLocked)
        house.store.isLocked.withLock { $0 = false }
        #expect(try await house.token() == "access-new")
        #expect(try await refreshToken(in: house) == "refresh-new")
    }

    @Test(arguments: [true, false])
    func `gives way to a newer one of another process, and says so`(isLocked: Bool) async throws {
        let house = try await house()
        try await keepLogin(
            in: house, while: isLocked ? house.store.isLocked : house.store.isFull)
        house.time.advance(seconds: 10)
        _ = try await house.store.store.put(
            house.credential("access-newest", "refresh-newest"), for: "aivie")
        house.store.isLocked.withLock { $0 = false }
        house.store.isFull.withLock { $0 = false }
        #expect(try await house.token() == "access-newest")
        #expect(try await refreshToken(in: house) == "refresh-newest")
        #expect(house.alarms.withLock { $0.contains { $0.contains("a newer login") } })
    }

    /// A person wins over a renewal that was under way.
    @Test func `wins over a renewal of the login before it`() async throws {
        let house = try await house()
        let before = try #require(try await house.store.credential(of: "aivie")).value
        try await keepLogin(in: house, while: house.store.isFull)
        var renewed = before
        renewed.refreshToken = Secret(utf8: "refresh-renewed")
        _ = try await house.store.store.put(renewed, for: "aivie")
        house.store.isFull.withLock { $0 = false }
        #expect(try await house.token() == "access-new")
        #expect(try await refreshToken(in: house) == "refresh-new")
    }

    @Test func `is not saved when somebody has logged out since`() async throws {
        let house = try await house()
        try await keepLogin(in: house, while: house.store.isFull)
        try await house.store.forget("aivie")
        house.store.isFull.withLock { $0 = false }
        let error = await failure { () throws(BrokerError) in try await house.token() }
        #expect(error?.code == .loginRequired)
        #expect(try await house.store.credential(of: "aivie") == nil)
    }

    @Test func `stands in for one that is damaged`() async throws {
        let house = try await house()
        house.store.damaged.withLock { $0 = ["aivie"] }
        let profile = try await house.broker.usableProfile("aivie")
        try await house.broker.keepLogin(
            house.credential("access-new", "refresh-new"), profile, in: house.store)
        #expect(try await refreshToken(in: house) == "refresh-new")
    }

    /// What is damaged cannot be newer, and nothing stands in the way of a logout.
    @Test func `stands in for a login that was damaged meanwhile`() async throws {
        let house = try await house()
        try await house.logIn(lifetime: 0)
        try await house.renewOntoFullDisk()
        house.store.isFull.withLock { $0 = false }
        house.store.damaged.withLock { $0 = ["aivie"] }
        #expect(try await house.token() == "access-2")
        #expect(try await refreshToken(in: house) == "refresh-2")
        #expect(try await house.broker.logout("aivie").wasForgotten)
    }

    /// A person has accepted an older copy of the store: what is in memory is newer than all of it.
    @Test func `counts over a store that is an older copy of itself`() async throws {
        let house = try await house()
        let seen = try await house.store.credential(of: "aivie")?.revision
        let start = try await house.store.beginRenewal(
            of: "aivie", seen: seen, now: house.time.now,
            deadline: house.time.now.adding(seconds: 60))
        guard case .yours(let ticket, _) = start else {
            Issue.record("\(start)")
            return
        }
        try await house.logIn()
        let older = try #require(try await house.store.credential(of: "aivie"))
        let profile = try await house.broker.usableProfile("aivie")
        let renewed = house.credential("access-2", "refresh-2")
        let base = Revision(number: older.revision.number + 5)
        let flight = Flight(
            profile: profile, ticket: ticket, store: house.store, held: older.value, seen: base,
            answerMayBeLost: false)
        _ = try await house.broker.keep(Unsaved(renewed, of: flight))
        #expect(try await refreshToken(in: house) == "refresh-2")
    }

    /// Logged in, a while ago.
    private func house() async throws -> Household {
        let house = try Household()
        try await house.logIn()
        house.time.advance(seconds: 10)
        return house
    }

    private func keepLogin(in house: Household, while trouble: Locked<Bool>) async throws {
        trouble.withLock { $0 = true }
        let profile = try await house.broker.usableProfile("aivie")
        let credential = house.credential("access-new", "refresh-new")
        try await house.withoutWaiting { () throws(BrokerError) in
            try await house.broker.keepLogin(credential, profile, in: house.store)
        }
    }

    private func refreshToken(in house: Household) async throws -> String? {
        try await house.store.store.credential(of: "aivie")?.value.refreshToken?
            .dangerouslyRevealedText()
    }
}
