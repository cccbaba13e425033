import SesameSystem
import TestSupport
import Testing

/// The real kubectl, with a kubeconfig that names Sesame as its exec plugin.
@Suite(
    .enabled(
        if: CertificateAuthority.isAvailable && ForeignProgram.isExpected("kubectl"),
        "kubectl is not installed (apt-get install kubernetes-client)"))
struct `kubectl with Sesame as its plugin` {
    /// A cluster that says that it lives, to whoever has a good token.
    private func cluster() async throws -> Destination {
        try await Destination { connection, presented, isGood in
            while let request = connection.request() {
                let field = request.field("Authorization") ?? ""
                presented.withLock { $0.append("\(request.line) \(field)") }
                let isGood = field.hasPrefix("Bearer ") && isGood(String(field.dropFirst(7)))
                let (status, body) = isGood ? ("200 OK", "alive") : ("401 Unauthorized", "{}")
                connection.write(
                    "HTTP/1.1 \(status)\r\nContent-Type: text/plain\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
            }
        }
    }

    private func kubeconfig(_ version: String, _ server: String) -> String {
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: practice
          cluster: {server: "\(server)", certificate-authority: "'$CA'"}
        users:
        - name: ada
          user:
            exec:
              apiVersion: client.authentication.k8s.io/\(version)
              command: sesame
              args: [credential, kubernetes, work]
              interactiveMode: IfAvailable
              provideClusterInfo: true
        contexts:
        - {name: practice, context: {cluster: practice, user: ada}}
        current-context: practice
        """
    }

    private func ask(
        _ place: Destination, _ version: String, at server: String? = nil
    ) async throws -> ChildProcess.Finished {
        let text = kubeconfig(version, server ?? place.origin)
        let answer = try await place.shell(
            "echo '\(text)' >kubeconfig && kubectl --kubeconfig kubeconfig --cache-dir cache "
                + "get --raw /livez")
        if answer.errors.contains("invalid apiVersion") {
            try Test.cancel("this kubectl is older than 1.22, and knows no \(version)")
        }
        return answer
    }

    @Test(arguments: ["v1", "v1beta1"])
    func `shows the cluster the token of the profile`(version: String) async throws {
        let place = try await cluster()
        let answer = try await ask(place, version)
        #expect(answer.status == 0 && answer.output == "alive", "\(answer.errors)")
        let token = try await place.token()
        let presented = place.presented.withLock { $0 }
        // A kubectl that chooses its own version asks for the server's first.
        #expect(presented.last == "GET /livez HTTP/1.1 Bearer \(token)", "\(presented)")
        #expect(presented.allSatisfy { $0.hasSuffix(" Bearer \(token)") }, "\(presented)")
    }

    @Test(arguments: ["v1", "v1beta1"])
    func `shows it to no cluster that the profile does not allow`(version: String) async throws {
        let place = try await cluster()
        let other = "https://127.0.0.1:\(place.front.port)"
        let answer = try await ask(place, version, at: other)
        #expect(answer.status != 0)
        #expect(answer.errors.contains("is not a destination of profile work"), "\(answer.errors)")
        #expect(place.presented.withLock { !$0.contains { $0.contains("Bearer") } })
    }
}
