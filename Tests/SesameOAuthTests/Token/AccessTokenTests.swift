import SesameOAuth
import SesameSecrets
import SesameSystem
import Testing

@Suite struct `An access token` {
    @Test func `is valid until shortly before its end`() {
        let token = token(expiresIn: 100)
        #expect(token.isValid(at: now, for: 99))
        #expect(!token.isValid(at: now, for: 100))
        #expect(!token.isValid(at: now.adding(seconds: 100)))
    }

    @Test func `received in the future is not valid: the clock went back`() {
        let token = token(expiresIn: 100)
        #expect(token.isValid(at: now.adding(seconds: -2)))
        #expect(!token.isValid(at: now.adding(seconds: -3600)))
    }

    @Test func `never traps on absurd times`() {
        #expect(!token(expiresIn: 100).isValid(at: now, for: .max))
        #expect(!token(expiresIn: .max).isValid(at: Timestamp(seconds: .max)))
        #expect(!token(expiresIn: nil).isValid(at: Timestamp(seconds: .min), for: .min))
    }

    @Test func `covers the words of its scope`() {
        let token = AccessToken(
            Secret(utf8: "t"), receivedAt: now, expiresAt: nil, scope: "read write")
        #expect(token.covers(scope: "write read"))
        #expect(!token.covers(scope: "rea"))
    }
}

private func token(expiresIn seconds: Int64?) -> AccessToken {
    AccessToken(
        Secret(utf8: "t"), receivedAt: now, expiresAt: seconds.map { now.adding(seconds: $0) })
}
