import SesameBroker
import SesameSystem
import Testing

@Suite struct `The plan of a renewal` {
    private let now = Timestamp(seconds: 1_790_000_000)

    /// A login that was renewed just now, and is in use.
    private func outlook(lifetime: Int64 = 3600, loginLives: Int64? = nil) -> Outlook {
        var outlook = Outlook(profile: "aivie")
        outlook.care = .renewable
        outlook.hasRefreshToken = true
        outlook.accessReceivedAt = now
        outlook.accessExpiresAt = now.adding(seconds: lifetime)
        outlook.aliveAt = now
        outlook.askedAt = now
        outlook.forecast = loginLives.map {
            LoginForecast(endsAt: now.adding(seconds: $0), source: .server, lifetime: $0)
        }
        return outlook
    }

    private func pause(_ outlook: Outlook, chance: Double = 0.5) -> Int64? {
        RenewalPlan.next(for: outlook, at: now, chance: chance).map { now.seconds(until: $0) }
    }

    @Test func `comes before the token expires, at a moment that chance decides`() {
        #expect(pause(outlook(), chance: 0) == 2160)
        #expect(pause(outlook(), chance: 0.5) == 2700)
        #expect(pause(outlook(), chance: 0.999) == 3238)
    }

    @Test func `leaves callers the minute that they want`() {
        #expect(pause(outlook(lifetime: 300), chance: 0.999) == 210)
        #expect(pause(outlook(lifetime: 600), chance: 0.999) == 510)
    }

    @Test func `leaves a token alone that lives for moments`() {
        // The login is kept alive all the same, once a day.
        #expect(pause(outlook(lifetime: 120))! > 60_000)
        #expect(pause(outlook(lifetime: 0))! > 60_000)
    }

    @Test func `is made for what is in use; what is idle is kept alive`() {
        var idle = outlook(loginLives: 14 * 86_400)
        #expect(pause(idle) == 2700)
        idle.askedAt = now.adding(seconds: -86_400)
        #expect(pause(idle, chance: 0) == 604_800)
        idle.askedAt = nil
        #expect(pause(idle, chance: 0.999)! < 10 * 86_400)
    }

    @Test func `keeps a login alive once a day where nothing is known of its life`() {
        var idle = outlook()
        idle.askedAt = nil
        #expect(pause(idle, chance: 0) == 64_800)
        #expect(pause(idle, chance: 0.999)! < 86_400)
    }

    @Test func `keeps a short login alive, but not without end`() {
        var short = outlook(loginLives: 1800)
        short.askedAt = nil
        #expect(pause(short, chance: 0) == 900)
        short.forecast = LoginForecast(
            endsAt: now.adding(seconds: -5), source: .server, lifetime: 1)
        #expect(pause(short) == 60)
    }

    @Test func `follows the profile's wish`() {
        var wish = outlook(loginLives: 100_000)
        wish.wish = .keepAlive
        #expect(pause(wish, chance: 0) == 50_000)
        wish.wish = .onUse
        #expect(pause(wish) == nil)
    }

    @Test func `is made at once where the clock was ahead when the login was renewed`() {
        var future = outlook(loginLives: 1_000_000)
        future.askedAt = nil
        future.aliveAt = now.adding(seconds: 86_400)
        #expect(pause(future) == 0)
        future.aliveAt = now.adding(seconds: 30)
        #expect(pause(future)! > 400_000)
    }

    @Test func `is none for a login that is over, and for a client that is idle`() {
        var over = outlook()
        over.care = .loginRequired("spent")
        #expect(pause(over) == nil)
        var client = outlook()
        client.hasRefreshToken = false
        #expect(pause(client) == 2700)
        client.askedAt = nil
        #expect(pause(client) == nil)
    }

    @Test func `survives lifetimes of any size`() {
        for lifetime in [Int64.min, -1, 0, 1, Int64.max] {
            var strange = outlook(lifetime: lifetime, loginLives: lifetime)
            _ = pause(strange, chance: 0.999)
            strange.accessReceivedAt = Timestamp(seconds: .min)
            strange.aliveAt = Timestamp(seconds: .min)
            _ = pause(strange, chance: 0.999)
        }
    }

    /// 100,000 logins that all came at one moment, with tokens of an hour.
    @Test func `spreads what came at one moment, also in the hours that follow`() {
        var random = SystemRandomNumberGenerator()
        var received = [Int64](repeating: 0, count: 100_000)
        for round in 0..<4 {
            var perMinute: [Int64: Int] = [:]
            for index in received.indices {
                var one = outlook()
                one.accessReceivedAt = now.adding(seconds: received[index])
                one.accessExpiresAt = now.adding(seconds: received[index] + 3600)
                let next = pause(one, chance: Double.random(in: 0..<1, using: &random))!
                perMinute[next / 60, default: 0] += 1
                received[index] = next
            }
            // Evenly over 18 minutes would be 5,556 a minute.
            #expect(perMinute.values.max()! < 6200, "round \(round)")
        }
    }
}

@Suite struct `A pause after a failure` {
    private func pauses(_ code: BrokerError.Code, _ count: Int, retryAfter: Int64? = nil)
        -> [Int64?]
    {
        var backoff = Backoff()
        let error = BrokerError(code, "x", retryAfter: retryAfter)
        var pauses: [Int64?] = []
        for _ in 0..<count { pauses.append(backoff.pause(after: error, chance: 0)) }
        return pauses
    }

    @Test func `grows where the network or the server is in trouble`() {
        #expect(pauses(.temporary, 7) == [30, 60, 120, 240, 480, 900, 900])
        #expect(pauses(.storeUnwritable, 1) == [30])
    }

    @Test func `is long where a person has to mend something`() {
        #expect(pauses(.serverRefused, 6) == [900, 1800, 3600, 7200, 14_400, 21_600])
        #expect(pauses(.configuration, 1) == [900])
    }

    @Test func `has no end where only a login helps`() {
        #expect(pauses(.loginRequired, 2) == [nil, nil])
        #expect(pauses(.unknownProfile, 1) == [nil])
    }

    @Test func `begins anew with another kind of trouble`() {
        var backoff = Backoff()
        var pauses: [Int64?] = []
        for code in [BrokerError.Code.storeLocked, .storeLocked, .temporary, .temporary] {
            pauses.append(backoff.pause(after: BrokerError(code, "x"), chance: 0))
        }
        #expect(pauses == [900, 1800, 30, 60])
    }

    @Test func `is as long as was asked for, and never overflows`() {
        #expect(pauses(.temporary, 1, retryAfter: 777) == [777])
        #expect(pauses(.temporary, 100).last == 900)
    }

    @Test func `is spread by chance`() {
        var backoff = Backoff()
        let pause = backoff.pause(after: BrokerError(.serverRefused, "x"), chance: 0.999)
        #expect(pause == 1124)
    }
}

@Suite struct `The queue of renewals` {
    private func moment(_ seconds: Int) -> Timestamp { Timestamp(seconds: Int64(seconds)) }

    @Test func `gives each profile once, the earliest first, and none too early`() {
        var queue = RenewalQueue()
        queue.set("b", moment(20))
        queue.set("a", moment(10))
        queue.set("c", moment(30))
        queue.set("a", moment(25))
        #expect(queue.count == 3 && queue.next == moment(20))
        let taken = [19, 25, 25, 29].map { queue.take(at: moment($0)) }
        #expect(taken == [nil, "b", "a", nil])
        queue.remove("c")
        queue.remove("never there")
        let last = queue.take(at: moment(99))
        #expect(last == nil && queue.next == nil)
    }

    @Test func `agrees with a sorted list, whatever is done to it`() {
        var random = SystemRandomNumberGenerator()
        var queue = RenewalQueue()
        var list: [String: Int] = [:]
        for _ in 0..<20_000 {
            let name = "p\(Int.random(in: 0..<200, using: &random))"
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                queue.remove(name)
                list[name] = nil
            case 1:
                let first = list.values.min()
                let taken = queue.take(at: moment(500))
                #expect((taken == nil) == (first.map { $0 > 500 } ?? true))
                if let taken { #expect(list.removeValue(forKey: taken) == first) }
            default:
                let due = Int.random(in: 0..<1000, using: &random)
                queue.set(name, moment(due))
                list[name] = due
            }
            #expect(queue.count == list.count)
            #expect(queue.next == list.values.min().map(moment))
        }
    }
}
