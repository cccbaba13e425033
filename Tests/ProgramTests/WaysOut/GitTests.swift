import SesameSystem
import TestSupport
import Testing

/// The real git, over TLS, with Sesame as its credential helper.
@Suite(
    .enabled(
        if: CertificateAuthority.isAvailable && ForeignProgram.isExpected("git"),
        "git, openssl or socat is not installed"))
struct `git with Sesame as its helper` {
    /// Without a terminal, and with no helper but this one.
    private static let git =
        "GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 git -c http.sslCAInfo=$CA -c credential.helper= "
        + "-c credential.helper=sesame "

    private let backend = GitServer(folder: TemporaryFolder())

    private func destination() async throws -> Destination {
        let backend = backend
        let place = try await Destination(settings: "credential_username = x-access-token") {
            backend.serve($0, $1, $2)
        }
        let folder = backend.folder.path
        let made = try await place.shell(
            "git init -q -b main \(folder)/w && cd \(folder)/w && echo text >file && git add file && "
                + "git -c user.name=a -c user.email=a@b commit -q -m one && "
                + "git clone -q --bare \(folder)/w \(folder)/team.git")
        try #require(made.status == 0, "\(made.errors)")
        return place
    }

    @Test func `clones with the token of the profile that allows the host`() async throws {
        let place = try await destination()
        let cloned = try await place.shell(
            Self.git + "clone -q \(place.origin)/team.git copy && cat copy/file")
        #expect(cloned.status == 0 && cloned.output == "text\n", "\(cloned.errors)")
        #expect(cloned.errors == "")
        let presented = place.presented.withLock { Set($0) }
        #expect(presented == ["x-access-token:\(try await place.token())"])
    }

    @Test func `gets another token after one was refused, and the login stays`() async throws {
        let place = try await destination()
        let first = try await place.token()
        try await place.practice.forgetLog()
        backend.refused.withLock { _ = $0.insert(first) }
        let refused = try await place.shell(Self.git + "ls-remote \(place.origin)/team.git")
        #expect(refused.status != 0 && refused.errors.contains("Authentication failed"))
        let renewals = try await place.practice.log()
        #expect(renewals.count == 1 && renewals[0].isCommitted)
        let again = try await place.shell(Self.git + "ls-remote \(place.origin)/team.git")
        #expect(again.status == 0 && again.output.contains("refs/heads/main"), "\(again.errors)")
        let second = try await place.token()
        #expect(second != first)
        #expect(place.presented.withLock { $0.last } == "x-access-token:\(second)")
        #expect(try await place.practice.log().count == 1)
    }

    @Test func `erases nothing for a password that is not the held token`() async throws {
        let place = try await destination()
        let first = try await place.token()
        try await place.practice.forgetLog()
        let erased = try await place.shell(
            "printf 'url=\(place.origin)\\nusername=x\\npassword=other\\n\\n' | "
                + Self.git + "credential reject")
        #expect(erased.status == 0, "\(erased.errors)")
        #expect(try await place.token() == first)
        #expect(try await place.practice.log().isEmpty)
    }

    @Test func `tells another host nothing`() async throws {
        let place = try await destination()
        let other = try await Destination { [backend] in backend.serve($0, $1, $2) }
        let asked = try await place.shell(
            Self.git
                + "-c http.sslCAInfo=\(other.authority.file) ls-remote \(other.origin)/team.git")
        #expect(asked.status != 0 && asked.errors.contains("could not read Username"))
        #expect(!asked.errors.contains("sesame"))
        #expect(other.presented.withLock { $0.isEmpty })
    }

    /// As a newer git asks, which takes a whole field.
    @Test func `is answered with a field where it can take one`() async throws {
        let place = try await destination()
        let answer = try await place.shell(
            "printf 'capability[]=authtype\\nprotocol=https\\nhost=localhost:\(place.front.port)\\n'"
                + " | git credential-sesame get")
        let token = try await place.token()
        #expect(
            answer.output.hasPrefix(
                "capability[]=authtype\nauthtype=Bearer\ncredential=\(token)\nephemeral=1\n"
                    + "password_expiry_utc="), "\(answer.errors)")
        #expect(!answer.output.contains("oauth_refresh_token"))
    }

    /// The same program is docker's helper, by that name.
    @Test func `shares its program with docker`() async throws {
        let place = try await destination()
        let answer = try await place.shell(
            "printf localhost:\(place.front.port) | docker-credential-sesame get")
        #expect(
            answer.output
                == #"{"ServerURL":"localhost:\#(place.front.port)","Username":"x-access-token","#
                + #""Secret":"\#(try await place.token())"}"# + "\n", "\(answer.errors)")
        let none = try await place.shell("printf ghcr.io | docker-credential-sesame get")
        #expect(none.status == 1)
        #expect(none.output == "credentials not found in native keychain\n")
        let listed = try await place.shell("docker-credential-sesame list")
        #expect(listed.output == #"{"\#(place.origin)":"x-access-token"}"# + "\n")
    }
}
