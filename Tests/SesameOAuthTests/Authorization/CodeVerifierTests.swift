import SesameCrypto
import SesameOAuth
import SesameSecrets
import Testing

@Suite struct `A code verifier` {
    @Test(arguments: [
        // RFC 7636, appendix B; then the example of the OAuth 2.1 draft.
        (
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        ),
        (
            "3641a2d12d66101249cdf7a79c000c1f8c05d2aafcf14bf146497bed",
            "6fdkQaPm51l13DSukcAH3Mdx7_ntecHYd1vi3n0hMZY"
        ),
    ])
    func `gives the published challenge`(_ vector: (verifier: String, challenge: String)) throws {
        let verifier = try #require(CodeVerifier(Secret(utf8: vector.verifier)))
        #expect(verifier.challenge == vector.challenge)
    }

    @Test(arguments: [
        String(repeating: "a", count: 42), String(repeating: "a", count: 129),
        String(repeating: "a", count: 42) + "+", String(repeating: "a", count: 42) + "/",
        String(repeating: "a", count: 42) + "=", String(repeating: "a", count: 42) + " ",
        String(repeating: "ä", count: 43),
    ])
    func `is refused when it is malformed`(_ text: String) {
        #expect(CodeVerifier(Secret(utf8: text)) == nil)
    }

    @Test func `of 43 and of 128 characters is accepted`() {
        #expect(CodeVerifier(Secret(utf8: String(repeating: "~", count: 43))) != nil)
        #expect(CodeVerifier(Secret(utf8: String(repeating: "_", count: 128))) != nil)
    }

    @Test func `is fresh and well-formed each time`() {
        var seen: Set<String> = []
        for _ in 0..<2000 {
            let verifier = CodeVerifier(random: SystemRandom())
            #expect(CodeVerifier(verifier.value) != nil)
            seen.insert(verifier.value.dangerouslyRevealedText())
        }
        #expect(seen.count == 2000)
    }

    @Test func `encodes the octets of the RFC to its text`() throws {
        let octets: [UInt8] = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37,
            77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ]
        let verifier = CodeVerifier(random: Fixed(octets: octets))
        #expect(
            verifier.value.dangerouslyRevealedText()
                == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    }
}

private struct Fixed: RandomSource {
    let octets: [UInt8]
    func bytes(_ count: Int) -> Secret { Secret(copying: Array(octets.prefix(count))) }
}
