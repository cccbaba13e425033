import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite(.enabled(if: CertificateAuthority.isAvailable))
struct `A server behind TLS` {
    private static let authority = Result { try CertificateAuthority() }

    /// A profile whose token endpoint and API are behind the front; its login is there, and expired.
    private func rig(
        _ identity: CertificateAuthority.Identity, trusting file: String?
    ) async throws -> (rig: Rig, front: TLSFront) {
        let playground = try Playground()
        let front = try TLSFront(identity, before: playground.baseURL.port)
        let origin = "https://localhost:\(front.port)"
        let trust = file.map { "ca_file = \($0)\n" } ?? ""
        let rig = try Rig(
            .unixSocket,
            "[profile p]\nclient_id = practice-service\ngrant = client_credentials\n"
                + "token_endpoint = \(origin)/rfc/token\nbase_url = \(origin)/rfc/api\n\(trust)"
                + "[profile held]\nclient_id = practice-public\n\(trust)"
                + "token_endpoint = \(origin)/rfc/token\n"
                + "authorization_endpoint = \(origin)/rfc/authorize\n",
            behind: playground)
        try await rig.give("practice-secret", to: "p")
        let past = SystemTime().now.adding(seconds: -60)
        _ = try await rig.store.put(
            Credential(
                accessToken: Secret(utf8: "old"), tokenType: "Bearer", scope: nil,
                accessExpiresAt: past, accessReceivedAt: past, refreshToken: Secret(utf8: "kept"),
                loginExpiresAt: nil, loggedInAt: past, tokenEndpoint: "\(origin)/rfc/token",
                clientID: "practice-public"), for: "held")
        return (rig, front)
    }

    @Test func `is served when the profile names its authority`() async throws {
        let authority = try Self.authority.get()
        let identity = try await offPool { try authority.issue(["DNS:localhost"]) }
        let (rig, front) = try await rig(identity, trusting: authority.file)
        #expect(try await rig.token("p").status == 200)
        #expect(try await rig.send("p", "/things").json["status"]?.integer == 200)
        _ = front
    }

    @Test(arguments: ["wrong host", "expired", "self-signed", "unknown authority"])
    func `that proves nothing is not talked to, and the login is kept`(trouble: String) async throws
    {
        let authority = try Self.authority.get()
        let identity = try await offPool {
            switch trouble {
            case "wrong host": try authority.issue(["DNS:elsewhere.example"])
            case "expired": try authority.issue(["DNS:localhost"], days: -1)
            case "self-signed": try authority.issueSelfSigned(["DNS:localhost"])
            default: try authority.issue(["DNS:localhost"])
            }
        }
        let trusted = trouble == "unknown authority" ? nil : authority.file
        let (rig, front) = try await rig(identity, trusting: trusted)
        for profile in ["p", "held"] {
            let answer = try await rig.token(profile)
            #expect(answer.status == 503)
            #expect(answer.problem == "temporary")
            #expect(
                answer.detail.contains("certificate of localhost:\(front.port)"), "\(answer.detail)"
            )
        }
        let kept = try await rig.store.credential(of: "held")
        #expect(kept?.value.refreshToken?.dangerouslyRevealedText() == "kept")
        #expect(kept?.value.ended == nil)
        #expect(rig.playground.log.isEmpty)
    }
}
