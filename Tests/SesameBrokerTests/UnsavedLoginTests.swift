import SesameHTTP
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
        #expect(house.alarms.withLock { $0.contains { $0.contains("dropped") } })
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
        let profile = try house.broker.usableProfile("aivie")
        let base = await house.broker.base(of: "aivie", in: house.store)
        try await house.broker.keepLogin(
            Unsaved(
                house.credential("access-new", "refresh-new"), of: profile, replacing: base,
                in: house.store))
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

    /// It has waited for its turn, and somebody has logged in elsewhere meanwhile.
    @Test func `never takes the place of a newer one, however long it has waited`() async throws {
        let house = try await house()
        let profile = try house.broker.usableProfile("aivie")
        let tokens = Unsaved(
            house.credential("access-new", "refresh-new"), of: profile,
            replacing: await house.broker.base(of: "aivie", in: house.store), in: house.store)
        house.time.advance(seconds: 3)
        _ = try await house.store.put(
            house.credential("access-newest", "refresh-newest"), for: "aivie")
        let error = await failure { () throws(BrokerError) in
            try await house.broker.keepLogin(tokens)
        }
        #expect(error?.message.contains("was dropped") == true)
        #expect(try await refreshToken(in: house) == "refresh-newest")
        #expect(house.alarms.withLock { $0.contains { $0.contains("dropped") } })
    }

    /// The refresh token that was presented is spent; so is any that comes from before it.
    @Test(arguments: ["a confirmation", "an older copy of the store", "a backup"])
    func `of a renewal counts over what was put back meanwhile`(how: String) async throws {
        let house = try await house()
        let first = try #require(try await house.store.credential(of: "aivie")).value
        let flight = try await flight(house)
        var back = first
        switch how {
        case "a confirmation": back = try #require(flight.held)
        case "a backup": back.scope = "of a backup"
        default: back.loggedInAt = first.loggedInAt.adding(seconds: -100)
        }
        _ = try await house.store.put(back, for: "aivie")
        let renewed = try answer("refresh-3", of: flight, at: house.time.now.adding(seconds: 9))
        _ = try await house.broker.keep(Unsaved(renewed, of: flight))
        #expect(try await refreshToken(in: house) == "refresh-3")
    }

    /// Somebody took the renewal over and has its answer: the server gave that one last.
    @Test func `of a renewal gives way to who took it over, and says so`() async throws {
        let house = try await house()
        let flight = try await flight(house)
        let theirs = try answer("refresh-theirs", of: flight, at: house.time.now.adding(seconds: 5))
        _ = try await house.store.put(theirs, for: "aivie")
        let ours = try answer("refresh-ours", of: flight, at: house.time.now.adding(seconds: 9))
        _ = try await house.broker.keep(Unsaved(ours, of: flight))
        #expect(try await refreshToken(in: house) == "refresh-theirs")
        #expect(house.alarms.withLock { $0.contains { $0.contains("dropped") } })
    }

    /// Somebody has moved a damaged store away: nobody has logged out, and these are the last tokens.
    @Test(arguments: [true, false])
    func `of a renewal is taken by a new store in the place of the old one`(isEmpty: Bool)
        async throws
    {
        let house = try await house()
        try house.addRevocation()
        let flight = try await flight(house)
        house.store.isReplaced.withLock { $0 = true }
        try await house.store.forget("aivie")
        if !isEmpty { _ = try await house.store.put(try #require(flight.held), for: "aivie") }
        let ours = try answer("refresh-ours", of: flight, at: house.time.now.adding(seconds: 9))
        _ = try await house.broker.keep(Unsaved(ours, of: flight))
        #expect(try await refreshToken(in: house) == "refresh-ours")
        #expect(house.server.requests.isEmpty, "nothing is revoked")
    }

    /// Nobody holds the tokens any more: they must not stay valid.
    @Test func `of a renewal is revoked when somebody has logged out meanwhile`() async throws {
        let house = try await house()
        try house.addRevocation()
        let flight = try await flight(house)
        try await house.store.forget("aivie")
        var ours = try #require(flight.held)
        ours.refreshToken = Secret(utf8: "refresh-ours")
        let error = await failure { () throws(BrokerError) in
            try await house.broker.keep(Unsaved(ours, of: flight))
        }
        #expect(error?.code == .loginRequired && error?.message.contains("logged out") == true)
        #expect(house.server.requests.map { $0.url.path } == ["/revoke"])
    }

    /// Its row alone is damaged, and the login in it is a person's.
    @Test func `of a renewal leaves a newer login alone that is whole beside damage`() async throws
    {
        let house = try await house()
        let flight = try await flight(house)
        house.time.advance(seconds: 3)
        _ = try await house.store.put(
            house.credential("access-newest", "refresh-newest"), for: "aivie")
        house.store.damaged.withLock { $0 = ["aivie"] }
        var ours = try #require(flight.held)
        ours.refreshToken = Secret(utf8: "refresh-ours")
        _ = try await house.broker.keep(Unsaved(ours, of: flight))
        #expect(try await refreshToken(in: house) == "refresh-newest")
    }

    /// It is of a time when the clock was ahead.
    @Test func `takes the place of the one that it replaces, whatever the clock says`() async throws
    {
        let house = try await house()
        var ahead = house.credential("access-1", "refresh-1")
        ahead.loggedInAt = house.time.now.adding(seconds: 100_000)
        _ = try await house.store.put(ahead, for: "aivie")
        let profile = try house.broker.usableProfile("aivie")
        let tokens = Unsaved(
            house.credential("access-new", "refresh-new"), of: profile,
            replacing: await house.broker.base(of: "aivie", in: house.store), in: house.store)
        ahead.refreshToken = Secret(utf8: "refresh-renewed")
        _ = try await house.store.put(ahead, for: "aivie")
        try await house.broker.keepLogin(tokens)
        #expect(try await refreshToken(in: house) == "refresh-new")
    }

    /// What the server gives for the renewal.
    private func answer(
        _ refreshToken: String, of flight: Flight, at now: Timestamp
    ) throws -> Credential {
        var renewed = try #require(flight.held)
        renewed.refreshToken = Secret(utf8: refreshToken)
        renewed.renewedAt = now
        return renewed
    }

    /// A renewal of a login that was renewed before, with its ticket.
    private func flight(_ house: Household) async throws -> Flight {
        var held = try #require(try await house.store.credential(of: "aivie")).value
        held.refreshToken = Secret(utf8: "refresh-2")
        held.renewedAt = house.time.now
        let seen = try await house.store.put(held, for: "aivie")
        let start = try await house.store.beginRenewal(
            of: "aivie", seen: seen, now: house.time.now,
            deadline: house.time.now.adding(seconds: 60))
        guard case .yours(let ticket, _) = start else {
            throw StoreError(.busy, "no ticket")
        }
        return Flight(
            profile: try house.broker.usableProfile("aivie"), ticket: ticket,
            store: house.store, held: held, seen: seen, answerMayBeLost: false)
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
        let profile = try house.broker.usableProfile("aivie")
        let tokens = Unsaved(
            house.credential("access-new", "refresh-new"), of: profile,
            replacing: await house.broker.base(of: "aivie", in: house.store), in: house.store)
        try await house.withoutWaiting { () throws(BrokerError) in
            try await house.broker.keepLogin(tokens)
        }
    }

    private func refreshToken(in house: Household) async throws -> String? {
        try await house.store.store.credential(of: "aivie")?.value.refreshToken?
            .dangerouslyRevealedText()
    }
}

extension Household {
    /// A place at the server where tokens can be revoked.
    fileprivate func addRevocation() throws {
        let revocation = "revocation_endpoint = https://acme.example/revoke\n"
        let changed = try text("config").replacing(
            "client_id = 1_abc", with: "\(revocation)client_id = 1_abc")
        try PrivateFile.replace(folder.path + "/config", Secret(utf8: changed))
    }
}
