import SesameStore
import Testing

@Suite struct `Tries of a passphrase` {
    @Test func `K-12: wait longer after each wrong one, up to ten seconds`() {
        var limit = AttemptLimit()
        var now = Duration.seconds(1000)
        #expect(limit.wait(at: now) == nil)
        for seconds in [1, 2, 4, 8, 10, 10, 10] {
            limit.noteFailure(at: now)
            #expect(limit.wait(at: now) == .seconds(seconds))
            #expect(limit.wait(at: now + .seconds(seconds) - .milliseconds(1)) == .milliseconds(1))
            now += .seconds(seconds)
            #expect(limit.wait(at: now) == nil)
        }
    }

    @Test func `begin anew with the right one`() {
        var limit = AttemptLimit()
        for _ in 0..<4 { limit.noteFailure(at: .zero) }
        limit.noteSuccess()
        #expect(limit.wait(at: .zero) == nil)
        limit.noteFailure(at: .zero)
        #expect(limit.wait(at: .zero) == .seconds(1))
    }
}
