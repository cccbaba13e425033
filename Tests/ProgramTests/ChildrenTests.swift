import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Table 4.7, environment: what the program finds that is started to show a page.
@Suite struct `The browser that a login starts` {
    @Test func `finds no secret in its environment, its arguments or its parent`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        // The login that is there when the next one begins.
        try await practice.disturb(
            #"{"answer":{"content_type":"application/json","body":"\#(Self.answer)"}}"#)
        try await sesame.run("token", "work", "--refresh")
        let browser = sesame.folder.file("practice-watcher")
        let script = """
            #!/bin/sh
            cat /proc/$$/environ /proc/$$/cmdline /proc/$PPID/cmdline /proc/$PPID/environ \\
              >"$SESAME_HOME/seen"
            exec "\(BuiltPrograms.path(of: "sesame-playground"))" browse "$1"
            """
        try PrivateFile.create(browser, Secret(utf8: script))
        try #require(unsafe chmod(browser, 0o700) == 0)
        let login = try await sesame.attempt(["login", "work", "-v"], browser: browser)
        try #require(login.status == 0, "\(login.errors)")

        let seen = try PrivateFile.readShared(sesame.folder.file("seen"), limit: 1 << 20)
            .dangerouslyRevealedText()
        #expect(seen.contains("code_challenge="), "the watcher did look")
        for text in [seen, login.errors, login.output] {
            for secret in ["practice-secret", "canary-access", "canary-refresh", "sesame-key-1"] {
                #expect(!text.contains(secret), "\(secret)")
            }
        }
    }

    private static let answer =
        #"{\"access_token\":\"canary-access-5be2\",\"refresh_token\":\"canary-refresh-d07a\","#
        + #"\"token_type\":\"Bearer\",\"expires_in\":3600}"#
}

/// Table 4.7, environment: what a program finds that the broker itself starts.
@Suite struct `The program that gives the key` {
    @Test func `finds neither secrets nor the variables that the broker drops`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let script = """
            #!/bin/sh
            cat /proc/$$/environ /proc/$$/cmdline /proc/$PPID/cmdline >"$HOME/seen"
            cat "$HOME/line"
            """
        let program = sesame.folder.file("key.sh")
        try PrivateFile.create(program, Secret(utf8: script))
        try #require(unsafe chmod(program, 0o700) == 0)
        let rotated = try await sesame.shell(
            """
            umask 077 && $SESAME key generate >line
            SSLKEYLOGFILE=x LD_BIND_NOW=1 https_proxy=http://x SWIFT_BACKTRACE=x HOME="$PWD" \\
              '\(BuiltPrograms.path(of: "sesamed"))' & broker=$!
            trap 'kill $broker' EXIT
            until [ -S broker.sock ]; do sleep 0.02; done
            $SESAME key rotate --key-command '\(program)' && $SESAME token work >/dev/null
            """)
        try #require(rotated.status == 0, "\(rotated.errors)")
        let seen = try PrivateFile.read(sesame.folder.file("seen"), limit: 1 << 20)
            .dangerouslyRevealedText()
        #expect(seen.contains("HOME=\(sesame.folder.path)"), "the watcher did look")
        for name in ["SSLKEYLOGFILE", "LD_BIND_NOW", "https_proxy", "SWIFT_BACKTRACE"] {
            #expect(!seen.contains(name))
        }
        for secret in ["practice-secret", "sesame-key-1"] { #expect(!seen.contains(secret)) }
    }
}
