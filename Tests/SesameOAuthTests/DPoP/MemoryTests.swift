import SesameHTTP
import SesameOAuth
import SesameSystem
import TestSupport
import Testing

/// RFC 9449, sections 8, 9 and 11.1.
@Suite struct `What a server says of the next proof` {
    private func proof(
        by prover: DPoPProver, _ text: String = "https://as.test/x",
        _ server: DPoPMemory.Server = .authorization
    ) throws -> ReceivedProof {
        var request = HTTPRequest("POST", try url(text))
        try prover.prove(&request, to: server, at: now)
        return try ReceivedProof(request)
    }

    private func learn(
        _ prover: DPoPProver, _ fields: [(String, String)], _ text: String = "https://as.test/y",
        _ server: DPoPMemory.Server = .authorization, received: Timestamp? = nil
    ) throws -> DPoPMemory.Lesson {
        prover.learn(
            from: answer("{}", fields).fields, of: try url(text), server, sent: now,
            received: received)
    }

    @Test(arguments: ["!", "eyJ7S_zG.eyJH0-Z.HX4w-7v", "#[]~", String(repeating: "a", count: 4096)])
    func `DP-7: is the newest nonce`(nonce: String) throws {
        let prover = try prover()
        #expect(try proof(by: prover)["nonce"] == nil)
        #expect(try learn(prover, [("DPoP-Nonce", "first")]).hasNonce)
        #expect(try learn(prover, [("dpop-nonce", nonce)]).hasNonce)
        #expect(try learn(prover, []).hasNonce == false, "an answer without one changes nothing")
        #expect(try proof(by: prover)["nonce"] == nonce)
    }

    @Test(arguments: [
        [""], ["a b"], ["a, b"], ["\""], ["a\\"], ["\u{7F}"], ["ä"], ["new", "new"],
        ["new", "newer"], [String(repeating: "a", count: 4097)],
    ])
    func `DP-7: is no nonce that is malformed, or stands there twice`(values: [String]) throws {
        let prover = try prover()
        #expect(try learn(prover, [("DPoP-Nonce", "good")]).hasNonce)
        #expect(try learn(prover, values.map { ("DPoP-Nonce", $0) }).hasNonce == false)
        #expect(try proof(by: prover)["nonce"] == "good")
    }

    /// RFC 9111, section 5.1: what a cache kept tells the time at which it was made.
    @Test func `DP-12: is not the time of an answer that comes out of a cache`() throws {
        let prover = try prover()
        let fields = [("Date", "Mon, 21 Sep 2026 04:03:20 GMT"), ("Age", "36000")]
        #expect(try learn(prover, fields).hasCorrectedClock == false)
    }

    @Test func `DP-8: is for no other server, and not for one of the other kind`() throws {
        let prover = try prover()
        _ = try learn(prover, [("DPoP-Nonce", "a")])
        #expect(try proof(by: prover, "https://as.test/z")["nonce"] == "a")
        #expect(try proof(by: prover, "https://as.test/z", .resource)["nonce"] == nil)
        for other in ["https://as.test:444/", "http://as.test/", "https://as.test.evil/"] {
            #expect(try proof(by: prover, other)["nonce"] == nil, "\(other)")
        }
        _ = try learn(prover, [("DPoP-Nonce", "r")], "https://as.test/api", .resource)
        #expect(try proof(by: prover, "https://as.test/z", .resource)["nonce"] == "r")
        #expect(try proof(by: prover)["nonce"] == "a")
    }

    @Test func `DP-8: does not grow without end`() throws {
        let prover = try prover()
        for number in 0..<1024 {
            _ = try learn(prover, [("DPoP-Nonce", "n")], "https://h\(number).test/")
        }
        #expect(try proof(by: prover, "https://h7.test/")["nonce"] == "n")
        _ = try learn(prover, [("DPoP-Nonce", "n")], "https://another.test/")
        #expect(try proof(by: prover, "https://h7.test/")["nonce"] == nil)
        #expect(try proof(by: prover, "https://another.test/")["nonce"] == "n")
    }

    /// The clock of the tests stands at 2026-09-21 14:13:20 UTC.
    @Test(arguments: [
        ("Mon, 21 Sep 2026 14:23:20 GMT", 600), ("Mon, 21 Sep 2026 14:03:20 GMT", -600),
        ("Mon, 21 Sep 2026 14:13:19 GMT", -1), ("Mon, 21 Sep 2026 14:13:25 GMT", 0),
        ("Mon, 21 Sep 2026 14:13:20 GMT", 0), ("Tue, 22 Sep 2026 14:13:30 GMT", 86_400),
    ])
    func `DP-12: corrects a clock that is off`(date: String, skew: Int64) throws {
        let prover = try prover()
        let lesson = try learn(
            prover, [("Date", date)], received: now.adding(seconds: 10))
        // What comes later than it was sent may have been on its way for so long.
        let expected =
            skew > 0 ? now.seconds + skew - (skew == 86_400 ? 0 : 10) : now.seconds + skew
        #expect(try proof(by: prover).time == expected)
        #expect(lesson.hasCorrectedClock == (skew != 0))
        #expect(try proof(by: prover, "https://other.test/").time == now.seconds)
    }

    @Test(arguments: [
        "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
        "Wed, 23 Sep 2026 14:13:20 GMT", "Sun, 20 Sep 2026 14:13:19 GMT",
        "Monday, 21-Sep-26 14:23:20 GMT", "Mon Sep 21 14:23:20 2026", "2026-09-21T14:23:20Z",
        "Mon, 21 Sep 2026 14:23:20 UTC", "Mon, 21 sep 2026 14:23:20 GMT",
        "Mon, 31 Feb 2026 14:23:20 GMT", "Mon, 21 Sep 2026 99:99:99 GMT", "", "now",
    ])
    func `DP-12: is no time that is absurd or malformed`(date: String) throws {
        let prover = try prover()
        #expect(try learn(prover, [("Date", date)]).hasCorrectedClock == false)
        #expect(try proof(by: prover).time == now.seconds)
    }

    @Test func `DP-12: is right again once the clock is`() throws {
        let prover = try prover()
        _ = try learn(prover, [("Date", "Mon, 21 Sep 2026 14:03:20 GMT")])
        _ = try learn(prover, [("Date", "Mon, 21 Sep 2026 14:13:20 GMT")])
        #expect(try proof(by: prover).time == now.seconds)
    }
}
