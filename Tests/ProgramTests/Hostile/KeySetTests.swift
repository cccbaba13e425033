import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets
import TestSupport
import Testing

/// The built programs, and issuers whose keys are not what keys should be.
@Suite struct `An issuer with a hostile set of keys` {
    private typealias Stage = HostileProvider.Stage

    @Test func `T-19: is believed by the one good key among those that are none`() async throws {
        try await expect([
            Meeting(.init(name: "plain"), .loggedIn),
            Meeting(
                .init(name: "decoys", keys: { set(decoys + [$0.shownKey]) }), .loggedIn),
            Meeting(
                .init(name: "same-name", keys: { set([another(), $0.shownKey, another()]) }),
                .loggedIn),
            Meeting(
                .init(
                    name: "hundred",
                    keys: { set(Array(repeating: decoys[0], count: 99) + [$0.shownKey]) }),
                .loggedIn),
        ])
    }

    /// The code is for one use: it is not spent where the keys cannot be had.
    @Test func `T-19: that is too large, or no set, is refused before the code is spent`()
        async throws
    {
        try await expect([
            Meeting(
                .init(
                    name: "hundred-and-one",
                    keys: { set(Array(repeating: decoys[0], count: 100) + [$0.shownKey]) }),
                .refusedEarly),
            Meeting(
                .init(
                    name: "ten-thousand",
                    keys: { set(Array(repeating: decoys[0], count: 10_000) + [$0.shownKey]) }),
                .refusedEarly),
            Meeting(
                .init(name: "no-list", keys: { #"{"keys":\#($0.shownKey)}"# }), .refusedEarly),
            Meeting(
                .init(name: "twice", keys: { #"{"keys":[],"keys":[\#($0.shownKey)]}"# }),
                .refusedEarly),
        ])
    }

    /// Each of them would do for a signature that is right as far as it goes.
    @Test func `T-19: is not believed by a key that proves nothing`() async throws {
        try await expect([
            Meeting(.init(name: "empty", keys: { _ in set([]) }), .refused),
            Meeting(.init(name: "symmetric", keys: { _ in set([decoys[0]]) }), .refused),
            Meeting(
                .init(name: "private", keys: { set([text(try? $0.key.encoded())]) }), .refused),
            Meeting(.init(name: "another", keys: { _ in set([another()]) }), .refused),
            Meeting(
                .init(name: "off-curve", keys: { set([changed($0, "y") { $0[31] ^= 1 }]) }),
                .refused),
            Meeting(
                .init(name: "short-x", keys: { set([changed($0, "x") { $0.removeLast() }]) }),
                .refused),
            Meeting(
                .init(name: "long-x", keys: { set([changed($0, "x") { $0.insert(0, at: 0) }]) }),
                .refused),
            // Whatever is padded as RFC 8017 has it is a signature by this key.
            Meeting(
                .init(
                    name: "exponent-one", keys: { _ in set([rsa(bytes: 256, exponent: [1])]) },
                    idToken: { forged($0) }), .refused),
        ])
    }

    /// What comes of a login at an issuer.
    private enum End { case loggedIn, refused, refusedEarly }

    private struct Meeting {
        let issuer: HostileProvider.Case
        let end: End

        init(_ issuer: HostileProvider.Case, _ end: End) {
            self.issuer = issuer
            self.end = end
        }
    }

    private func expect(_ meetings: [Meeting]) async throws {
        let provider = try HostileProvider(meetings.map(\.issuer))
        let sesame = try provider.sesame()
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        for meeting in meetings {
            let name = meeting.issuer.name
            let ended = try await sesame.attempt(["login", name])
            let comment = Comment(rawValue: "\(name): \(ended.status) \(ended.errors)")
            let token = try await sesame.attempt(["token", name])
            let requests = provider.requests(of: name)
            switch meeting.end {
            case .loggedIn:
                #expect(ended.status == 0 && token.output == "a-1\n", comment)
                #expect(requests == ["GET authorize", "GET keys", "POST token"], comment)
            case .refused:
                #expect(ended.status == 7 && ended.errors.contains("the ID token"), comment)
                #expect(token.status == 3 && token.output.isEmpty, comment)
                // Keys that do not fit are read once more: the issuer may have new ones.
                #expect(
                    requests == ["GET authorize", "GET keys", "POST token", "GET keys"], comment)
            case .refusedEarly:
                #expect(ended.status == 5, comment)
                #expect(token.status == 3 && token.output.isEmpty, comment)
                #expect(requests == ["GET authorize", "GET keys"], comment)
            }
        }
    }
}

private func set(_ keys: [String]) -> String { HostileProvider.set(keys) }

private func text(_ secret: Secret?) -> String { secret?.dangerouslyRevealedText() ?? "" }

/// Keys that nothing may be checked with, all by the name of the one that signs.
private let decoys = [
    #"{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA","kid":"k1"}"#,
    rsa(bytes: 64, exponent: [1, 0, 1]), rsa(bytes: 2048, exponent: [1, 0, 1]),
    rsa(bytes: 256, exponent: [1]), rsa(bytes: 256, exponent: [2]),
    #"{"kty":"EC","crv":"P-256","kid":"k1","x":"AA","y":"AA"}"#,
    #"{"kty":"EC","crv":"P-521","kid":"k1","x":"AA","y":"AA"}"#,
    text(try? PrivateJWK(.generate(.p256), keyID: "k1").encoded()), "7", "null", "{}",
]

/// A modulus that nobody has chosen with care, of so many bytes.
private func modulus(_ bytes: Int) -> [UInt8] { [UInt8](repeating: 0xC5, count: bytes) }

private func rsa(bytes: Int, exponent: [UInt8]) -> String {
    let (n, e) = (Base64URL.encode(modulus(bytes).span), Base64URL.encode(exponent.span))
    return #"{"kty":"RSA","kid":"k1","n":"\#(n)","e":"\#(e)"}"#
}

/// A good key of somebody else.
private func another() -> String {
    guard let key = try? PrivateKey.generate(.p256).publicKey() else { return "" }
    return text(JWK(key, keyID: "k1").json.encoded())
}

/// The issuer's key with other bytes for one of its coordinates.
private func changed(
    _ stage: HostileProvider.Stage, _ name: String, _ change: (inout [UInt8]) -> Void
) -> String {
    guard case .p256(var x, var y)? = try? stage.key.publicJWK().publicKey.parts else { return "" }
    if name == "x" { change(&x) } else { change(&y) }
    return #"{"kty":"EC","crv":"P-256","kid":"k1","x":"\#(Base64URL.encode(x.span))","#
        + #""y":"\#(Base64URL.encode(y.span))"}"#
}

/// A token by RS256 for a key whose exponent is 1, which needs no private key: the signature is the padded digest.
private func forged(_ stage: HostileProvider.Stage) -> String {
    let header = Base64URL.encode(Array(#"{"alg":"RS256","kid":"k1"}"#.utf8).span)
    let claims = JSONValue.object(stage.claims()).encoded().withBytes { Base64URL.encode($0) }
    let signed = header + "." + claims
    let digest = SHA256.digest(Array(signed.utf8).span).dangerouslyRevealedBytes()
    // RFC 8017, section 9.2.
    let named: [UInt8] = [
        0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x20,
    ]
    let filling = [UInt8](repeating: 0xFF, count: 256 - 3 - named.count - digest.count)
    let padded: [UInt8] = [0, 1] + filling + [0] + named + digest
    return signed + "." + Base64URL.encode(padded.span)
}
