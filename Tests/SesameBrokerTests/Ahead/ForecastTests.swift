import SesameBroker
import SesameSecrets
import SesameStore
import SesameSystem
import Testing

@Suite struct `The forecast of a login's end` {
    private let begun = Timestamp(seconds: 1_790_000_000)
    private static let day: Int64 = 86_400

    private func credential(aliveDays: Double = 0) -> Credential {
        Credential(
            accessToken: Secret(utf8: "a"), accessReceivedAt: begun,
            refreshToken: Secret(utf8: "r"), loggedInAt: begun,
            renewedAt: aliveDays == 0 ? nil : after(days: aliveDays),
            tokenEndpoint: "https://id.example/token", clientID: "cli")
    }

    private func after(days: Double) -> Timestamp {
        begun.adding(seconds: Int64(days * Double(Self.day)))
    }

    /// A login that worked until one day and was refused on another.
    private func past(_ aliveDays: Double, _ endedDays: Double) -> PastLogin {
        PastLogin(
            loggedInAt: begun, aliveAt: after(days: aliveDays), endedAt: after(days: endedDays))
    }

    @Test func `is the server's word, or the preset's`() {
        var login = credential()
        login.loginExpiresAt = after(days: 14)
        #expect(
            login.forecast
                == LoginForecast(
                    endsAt: after(days: 14), source: .server, lifetime: 14 * Self.day))
        login.isLoginExpiryPreset = true
        #expect(login.forecast?.source == .preset)
    }

    @Test func `is learned from two logins that ended at the same age`() {
        var login = credential(aliveDays: 1)
        login.pastLogins = [past(6.9, 7.0), past(6.5, 7.1)]
        #expect(
            login.forecast
                == LoginForecast(
                    endsAt: after(days: 7), source: .learned, lifetime: 7 * Self.day))
    }

    @Test func `is the earlier one where two are known`() {
        var login = credential()
        login.pastLogins = [past(6.9, 7.0), past(6.9, 7.0)]
        login.loginExpiresAt = after(days: 90)
        #expect(login.forecast?.source == .learned)
        login.loginExpiresAt = after(days: 3)
        #expect(login.forecast?.source == .server)
    }

    @Test func `is not made up from one login, or from two that differ`() {
        var login = credential()
        login.pastLogins = [past(6.9, 7.0)]
        #expect(login.forecast == nil)
        login.pastLogins = [past(6.9, 7.0), past(2.9, 3.0)]
        #expect(login.forecast == nil)
        // Nobody looked for days: anything in between may be the limit.
        login.pastLogins = [past(1, 7), past(1, 9)]
        #expect(login.forecast == nil)
    }

    @Test func `is refuted by a login that has outlived it`() {
        var login = credential(aliveDays: 8)
        login.pastLogins = [past(6.9, 7.0), past(6.9, 7.0)]
        #expect(login.forecast == nil)
    }

    @Test func `is none for a login that is over`() {
        var login = credential()
        login.loginExpiresAt = after(days: 1)
        login.ended = Credential.Ending(reason: "spent", at: begun)
        #expect(login.forecast == nil)
        login.ended = nil
        login.refreshToken = nil
        #expect(login.forecast == nil)
    }

    @Test func `learns only from ends that the server brought about`() {
        var login = credential(aliveDays: 6)
        #expect(login.history.isEmpty)
        login.ended = Credential.Ending(
            reason: "refused", serverCode: "invalid_grant", at: after(days: 7))
        #expect(login.history == [past(6, 7)])
        login.ended?.answerWasLost = true
        #expect(login.history.isEmpty)
        login.ended = Credential.Ending(reason: "moved", at: after(days: 7))
        #expect(login.history.isEmpty)
    }

    @Test func `remembers eight logins and no more`() {
        var login = credential()
        login.ended = Credential.Ending(
            reason: "refused", serverCode: "invalid_grant", at: after(days: 7))
        for age in 1...8 { login.pastLogins.append(past(0, Double(age))) }
        #expect(login.history.count == 8)
        #expect(login.history.first == past(0, 2) && login.history.last == past(0, 7))
    }

    @Test func `warns days before, and not during most of a short life`() {
        let long = LoginForecast(endsAt: begun, source: .server, lifetime: 14 * Self.day)
        #expect(long.warningTime(3 * Self.day) == 3 * Self.day)
        let short = LoginForecast(endsAt: begun, source: .server, lifetime: 1800)
        #expect(short.warningTime(3 * Self.day) == 450)
    }
}

@Suite struct `A matter that is told` {
    private var settings: BrokerSettings {
        var settings = BrokerSettings()
        settings.remindEvery = 100
        settings.reminders = 3
        return settings
    }
    private func moment(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

    @Test func `is told at once, then at intervals, and a few times only`() {
        var reminders = Reminders()
        let told = stride(from: Int64(0), through: 1000, by: 10).filter {
            reminders.isDue(.loginRequired, "a", at: moment($0), settings)
        }
        #expect(told == [0, 100, 200])
        #expect(reminders.next(.loginRequired, "a", settings) == nil)
    }

    @Test func `is told anew once it was over, and for each profile and kind`() {
        var reminders = Reminders()
        let first = [("a", BrokerEvent.Kind.failure), ("b", .failure), ("a", .loginExpiring)].map {
            reminders.isDue($0.1, $0.0, at: moment(0), settings)
        }
        #expect(first == [true, true, true])
        #expect(reminders.next(.failure, "a", settings) == moment(100))
        let again = reminders.isDue(.failure, "a", at: moment(1), settings)
        reminders.forget([.failure], "a")
        let anew = reminders.isDue(.failure, "a", at: moment(2), settings)
        #expect(!again && anew)
    }

    @Test func `is not silenced by a clock that jumped back`() {
        var reminders = Reminders()
        let told = [1_000_000, 5].map { reminders.isDue(.failure, "a", at: moment($0), settings) }
        #expect(told == [true, true])
    }
}
