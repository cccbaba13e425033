import SesameCommands
import Testing

@Suite struct `sesame credential kubernetes` {
    private static let token =
        #"{"profile":"c","access_token":"t0ken","token_type":"Bearer","#
        + #""expires_at":"2027-01-15T08:00:00Z","scope":null}"#

    private func stage(_ info: String?, _ answer: String = Self.token) -> Stage {
        var stage = Stage([(200, answer)])
        stage.environment["KUBERNETES_EXEC_INFO"] = info
        return stage
    }

    private func info(_ version: String, _ spec: String = "{}") -> String {
        #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/\#(version)","#
            + #""spec":\#(spec)}"#
    }

    @Test(arguments: ["v1", "v1beta1"])
    func `answers in the version that is asked for`(version: String) {
        let stage = stage(info(version, #"{"interactive":false}"#))
        #expect(stage.run("credential", "kubernetes", "c") == 0)
        #expect(
            stage.output
                == #"{"apiVersion":"client.authentication.k8s.io/\#(version)","kind":"ExecCredential","#
                + #""status":{"token":"t0ken","expirationTimestamp":"2027-01-15T08:00:00Z"}}"#
                + "\n")
        #expect(stage.broker.requests == ["GET /v1/profiles/c/token?min_valid=60"])
    }

    @Test func `answers in version 1 in a shell, and without an end where none is known`() {
        let stage = stage(nil, #"{"profile":"c","access_token":"t","token_type":"Bearer"}"#)
        #expect(stage.run("credential", "kubernetes", "c") == 0)
        #expect(
            stage.output
                == #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","#
                + #""status":{"token":"t"}}"# + "\n")
    }

    @Test func `has the broker check the cluster, where kubectl names it`() {
        let spec = #"{"cluster":{"server":"https://k8s.example:6443"},"interactive":true}"#
        let stage = stage(info("v1", spec), `sesame credential git`.token)
        #expect(stage.run("credential", "kubernetes", "c") == 0)
        #expect(stage.output.contains(#""token":"t0ken""#))
        #expect(
            stage.broker.requests == [
                "GET /v1/credential?url=https%3A%2F%2Fk8s.example%3A6443&profile=c&min_valid=60"
            ])
        let password = self.stage(info("v1", spec), `sesame credential git`.password)
        #expect(password.run("credential", "kubernetes", "c") == 2)
        #expect(password.output == "")
        var foreign = Stage([(403, #"{"code":"destination_refused","detail":"not there"}"#)])
        foreign.environment["KUBERNETES_EXEC_INFO"] = info("v1", spec)
        #expect(foreign.run("credential", "kubernetes", "c") == 6)
        #expect(foreign.output == "")
    }

    @Test(arguments: [
        #"{"server":"https://k8s.example","insecure-skip-tls-verify":true}"#,
        #"{"server":["https://k8s.example"]}"#, #"{"server":""}"#, "{}",
    ])
    func `gives nothing for a cluster that cannot be checked`(cluster: String) {
        let stage = stage(info("v1", #"{"cluster":\#(cluster)}"#), `sesame credential git`.token)
        #expect(stage.run("credential", "kubernetes", "c") == 2)
        #expect(stage.output == "" && stage.broker.requests.isEmpty)
    }

    @Test(arguments: [
        "{", "[]", "{}", #"{"kind":"Pod","apiVersion":"client.authentication.k8s.io/v1"}"#,
        #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v2"}"#,
        #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1alpha1"}"#,
        #"{"kind":"ExecCredential","apiVersion":"evil/v1"}"#,
    ])
    func `refuses a question that it does not know`(info: String) {
        let stage = stage(info)
        #expect(stage.run("credential", "kubernetes", "c") == 2)
        #expect(stage.output == "" && stage.broker.requests.isEmpty)
        #expect(stage.errors.hasPrefix("sesame: KUBERNETES_EXEC_INFO "))
    }

    /// kubectl gives no terminal then, and a prompt would wait for nobody.
    @Test(arguments: [(true, true), (false, false)])
    func `asks a person only where kubectl says that one is there`(
        isInteractive: Bool, isAsked: Bool
    ) {
        var stage = Stage(
            [
                (503, #"{"code":"store_locked","detail":"the store is locked"}"#),
                (200, Stage.passphraseStore),
                (200, #"{"unlocked":true,"cached":true,"until":null}"#), (200, Self.token),
            ], input: ["open sesame"], terminals: [.input, .error])
        stage.environment["KUBERNETES_EXEC_INFO"] = info(
            "v1", #"{"interactive":\#(isInteractive)}"#)
        #expect(stage.run("credential", "kubernetes", "c") == (isAsked ? 0 : 4))
        #expect(stage.terminal.hidden.isEmpty != isAsked)
    }

    @Test func `prints nothing on a terminal`() {
        let stage = Stage([(200, Self.token)], terminals: [.output])
        #expect(stage.run("credential", "kubernetes", "c") == 2)
        #expect(stage.output == "" && stage.broker.requests.isEmpty)
    }
}
