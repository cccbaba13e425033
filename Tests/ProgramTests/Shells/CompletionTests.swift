import Glibc
import TestSupport
import Testing

/// The scripts of `sesame completion` in the shells that they are for.
@Suite struct `Completion in a shell` {
    @Test(.enabled(if: ForeignProgram.isExpected("bash"), "bash is not installed"))
    func `offers in bash what can be typed`() async throws { try await check("bash") }

    @Test(.enabled(if: ForeignProgram.isExpected("zsh"), "zsh is not installed"))
    func `offers in zsh what can be typed`() async throws { try await check("zsh") }

    @Test(.enabled(if: ForeignProgram.isExpected("fish"), "fish is not installed"))
    func `offers in fish what can be typed`() async throws { try await check("fish") }

    private func check(_ name: String) async throws {
        let sesame = Sesame()
        try sesame.configureTwoProfiles()
        let shell = try await CompletingShell(name, sesame)
        let lines: [(String, Set<String>)] = [
            ("sesame to", ["token"]),
            ("sesame token ", ["aivie", "work"]),
            ("sesame token w", ["work"]),
            ("sesame token aivie w", []),
            ("sesame --profile a", ["aivie"]),
            ("sesame --json key st", ["status"]),
            ("sesame key ", ["status", "init", "rotate", "generate", "accept-rollback"]),
            ("sesame key rotate --fu", ["--full"]),
            ("sesame token aivie --min-valid 60 --re", ["--refresh", "--resource"]),
            ("sesame token --min-valid 60 wo", ["work"]),
            ("sesame setup x --grant=cl", ["client_credentials"]),
            ("sesame setup x --client-auth client_secret_p", ["client_secret_post"]),
            ("sesame setup x --scope ", []),
            ("sesame completion ", ["bash", "zsh", "fish"]),
            ("sesame help k", ["key"]),
            ("sesame help key r", ["rotate"]),
            ("sesame request -i work /", []),
            ("sesame restore -i key.txt --rep", ["--replace"]),
            ("sesame frobnicate ", []),
        ]
        for (line, expected) in lines {
            #expect(try await shell.offers(behind: line) == expected, "\(name): \(line)")
        }
        #expect(try await shell.offers(behind: "sesame exec work -- tru").contains("true"))
        #expect(unsafe access(sesame.folder.file("asked"), F_OK) != 0, "the key's program was run")
        #expect(unsafe access(sesame.folder.file("store.db"), F_OK) != 0, "a store was made")
    }

    @Test(
        .enabled(
            if: ["bash", "zsh", "fish"].allSatisfy(ForeignProgram.isExpected),
            "bash, zsh or fish is not installed"),
        arguments: ["bash", "zsh", "fish"])
    func `evaluates nothing of what it is told, and repeats no noise`(name: String) async throws {
        let sesame = Sesame()
        try await sesame.shell(
            """
            mkdir programs; cat >programs/sesame <<'PROGRAM'
            #!/bin/sh
            printf '%s\\n' '$(touch evaluated)' '`touch evaluated`' '(touch evaluated)' '; touch evaluated' 'a b'
            printf '%s\\n' '*' '~root' '-x y' 'good-1.x' 'two:parts'
            echo noise >&2
            exit 4
            PROGRAM
            chmod 755 programs/sesame
            """)
        let shell = try await CompletingShell(
            name, sesame, programs: sesame.folder.file("programs"))
        #expect(try await shell.offers(behind: "sesame token ") == ["good-1.x"])
        try await sesame.shell("printf '#!/bin/sh\\necho locked >&2; exit 4\\n' >programs/sesame")
        #expect(try await shell.offers(behind: "sesame token ").isEmpty)
        try await sesame.shell("rm programs/sesame")
        let home = try await sesame.shell("ls")
        #expect(!home.output.contains("evaluated"))
    }

    /// A typed path may be anybody's program: it is not run before Return is pressed.
    @Test(.enabled(if: ForeignProgram.isExpected("bash"), "bash is not installed"))
    func `runs no program but the one on PATH`() async throws {
        let sesame = Sesame()
        try sesame.configureTwoProfiles()
        try await sesame.shell("printf '#!/bin/sh\\ntouch run\\n' >sesame; chmod 755 sesame")
        let shell = try await CompletingShell("bash", sesame)
        #expect(try await shell.offers(behind: "./sesame token ") == ["aivie", "work"])
        #expect(unsafe access(sesame.folder.file("run"), F_OK) != 0)
    }

    @Test(
        .enabled(
            if: TerminalSession.isPossible && ForeignProgram.isExpected("bash"),
            "script or bash is not installed"))
    func `works for a person who presses Tab in bash`() async throws {
        let sesame = Sesame()
        try sesame.configureTwoProfiles()
        try await sesame.shell(
            #"""
            "$SESAME" completion bash >rc
            cat >>rc <<'RC'
            PS1='READY'
            bind 'set bell-style none' 'set enable-bracketed-paste off'
            bind -x '"\C-g": printf "<%s>\n" "$READLINE_LINE"'
            RC
            touch 'a file'
            """#)
        let finished = try await sesame.onTerminal(
            "PATH=\"${SESAME%/*}:$PATH\" TERM=dumb bash --rcfile ./rc -i",
            ("READY", "sesame tok\tw\t\u{7}\u{15}"),
            ("<sesame token work >", "sesame restore a\\ f\t\u{7}\u{15}"),
            ("<sesame restore a\\ file >", "exit"))
        #expect(finished.status == 0, "\(finished.output)")
    }

    @Test(
        .enabled(
            if: unsafe access("/usr/share/bash-completion/bash_completion", R_OK) == 0,
            "bash-completion is not installed"))
    func `is found by the package bash-completion`() async throws {
        let sesame = Sesame()
        let finished = try await sesame.shell(
            """
            mkdir -p data/bash-completion/completions
            "$SESAME" completion bash >data/bash-completion/completions/sesame
            XDG_DATA_DIRS="$PWD/data" bash --norc -c '
                source /usr/share/bash-completion/bash_completion
                _completion_loader sesame
                complete -p sesame'
            """)
        #expect(finished.output == "complete -F _sesame sesame\n", "\(finished.errors)")
    }

    /// The client's words are its own; the broker is who judges.
    @Test func `has the words that the broker takes`() async throws {
        let sesame = Sesame()
        let help = try await sesame.run("help", "setup")
        for option in ["provider", "grant", "client-auth"] {
            let refused = try await sesame.attempt(["setup", "x", "--\(option)", "nonsense"])
            let words = try #require(
                refused.errors.split(separator: "one of: ").dropFirst().first?.prefix { $0 != ";" })
            for word in words.split(separator: ", ") { #expect(help.contains(word), "\(word)") }
        }
    }
}
