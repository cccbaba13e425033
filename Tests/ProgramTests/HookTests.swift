import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The programs that the configuration names, run by the built broker against a real server.
@Suite struct `A hook` {
    /// A broker whose hooks write down what they are told.
    private func practice() async throws -> (Practice, notes: String) {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let notes = sesame.folder.file("notes")
        let script = """
            #!/bin/sh
            echo "$1: $SESAME_EVENT $SESAME_PROFILE $SESAME_CODE [$SESAME_MESSAGE]" >>\(notes)
            """
        try PrivateFile.create(sesame.folder.file("note"), Secret(utf8: script))
        try await sesame.shell("chmod 700 note")
        let lines = ["renewed", "failure", "login_required"].map {
            "on_\($0) = \(sesame.folder.file("note")) \"told of \($0)\""
        }
        try await sesame.shell(
            "{ echo '[broker]'; cat; } <<'END' >new\n\(lines.joined(separator: "\n"))\nEND\n"
                + "{ cat new; echo; cat config; } >both && cat both >config && rm new both")
        return (practice, notes)
    }

    private func text(_ path: String) -> String {
        (try? PrivateFile.readShared(path, limit: 65_536))?.dangerouslyRevealedText() ?? ""
    }

    @Test func `is run for a renewal, for a failure, and when a person must log in`() async throws {
        let (practice, notes) = try await practice()
        let sesame = practice.sesame
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        try await sesame.run("token", "work", "--refresh")
        try await eventually("the renewal is told") {
            text(notes).contains("told of renewed: renewed work  []")
        }
        try await practice.disturb(#"{"kind":"error_503"}"#)
        _ = try await sesame.attempt(["token", "work", "--refresh"])
        try await eventually("the failure is told") {
            text(notes).contains("told of failure: failure work temporary [")
        }
        try await practice.disturb(
            #"{"answer":{"status":400,"content_type":"application/json","body":"{\"error\":\"invalid_grant\"}"}}"#
        )
        let ended = try await sesame.attempt(["token", "work", "--refresh"])
        #expect(ended.status == 3)
        try await eventually("the end is told") {
            text(notes).contains("told of login_required: login_required work login_required [")
        }
    }
}
