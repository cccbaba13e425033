import SesameSystem
import TestSupport
import Testing

/// The lines of docs/ways-out/shell.md.
@Suite(.enabled(if: CertificateAuthority.isAvailable, "openssl or socat is not installed"))
struct `curl and scripts with Sesame` {
    private func place() async throws -> Destination {
        try await Destination { connection, presented, isGood in
            guard let request = connection.request() else { return }
            let field = request.field("Authorization") ?? ""
            presented.withLock { $0.append(field) }
            let isGood = field.hasPrefix("Bearer ") && isGood(String(field.dropFirst(7)))
            connection.write(
                isGood
                    ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
                    : "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
    }

    @Test func `take the header from standard input, so that no argument shows it`() async throws {
        let place = try await place()
        let answer = try await place.shell(
            "U=\(place.origin)/things; sesame header work --url $U | "
                + "curl --silent --fail --cacert $CA -H @- $U")
        #expect(answer.status == 0 && answer.output == "hello", "\(answer.errors)")
        #expect(place.presented.withLock { $0 } == ["Bearer \(try await place.token())"])
    }

    @Test func `get no header for a place that the profile does not allow`() async throws {
        let place = try await place()
        let answer = try await place.shell("sesame header work --url https://elsewhere.example/")
        #expect(answer.status == 6 && answer.output == "")
    }

    @Test func `find the token in their environment`() async throws {
        let place = try await place()
        let answer = try await place.shell(
            "sesame exec work --env API_TOKEN -- sh -c "
                + "'printf \"Authorization: Bearer $API_TOKEN\" | "
                + "curl --silent --fail --cacert $CA -H @- \(place.origin)/'; echo \" $?\"")
        #expect(answer.output == "hello 0\n", "\(answer.errors)")
    }
}
