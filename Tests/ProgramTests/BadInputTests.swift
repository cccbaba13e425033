import TestSupport
import Testing

/// What a user may get wrong: each command line, its exit code, and words that must be in its message.
struct Mistake: Sendable, CustomTestStringConvertible {
    let line: String
    let status: Int32
    let words: [String]

    init(_ line: String, _ status: Int32, _ words: String...) {
        self.line = line
        self.status = status
        self.words = words
    }

    var testDescription: String { line }

    /// Makes the mistake.
    func expect(
        of sesame: Sesame, input: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let arguments = line.split(separator: " ").map(String.init)
        let ended = try await sesame.attempt(arguments, input: input)
        let comment = Comment(rawValue: "\(line)\n\(ended.status) \(ended.errors)")
        #expect(ended.status == status, comment, sourceLocation: sourceLocation)
        #expect(ended.output.isEmpty, comment, sourceLocation: sourceLocation)
        for word in words {
            #expect(ended.errors.contains(word), comment, sourceLocation: sourceLocation)
        }
    }
}

@Suite struct `Bad input` {
    @Test(arguments: [
        Mistake("tokne", 2, "unknown command: tokne", "did you mean: sesame token"),
        Mistake("token a --refesh", 2, "unknown option: --refesh", "did you mean: --refresh"),
        Mistake("help token more", 2, "unknown command: token more"),
        Mistake("token", 2, "which profile?"),
        Mistake("token a", 2, "there is no profile a", "sesame setup"),
        Mistake("status a", 2, "there is no profile a"),
        Mistake("status a --json", 2, #"{"error":{"code":"unknown_profile","message":"#),
        Mistake("contact create --firstname Ada", 2, "--email is missing"),
        Mistake("contact create --email ada@example.org", 2, "there is no profile yet"),
        Mistake("setup", 2, "which profile?"),
        Mistake("setup a/b --provider mautic", 2, "a profile's name has"),
        Mistake("setup a --provider other", 2, "`provider` is one of", "mautic"),
        Mistake("setup a --issuer http://id.example --client-id x", 2, "must be https"),
        Mistake("setup a --issuer https://id.example", 2, "no `client_id`", "--client-id"),
        Mistake("setup a --client-secret hunter2", 2, "unknown option: --client-secret"),
        Mistake(
            "setup a --issuer https://127.0.0.1:1 --client-id x --ca-file /missing", 2,
            "ca_file /missing cannot be found"),
        Mistake("key", 2, "sesame key needs one more word", "sesame help key"),
        Mistake("key rotat", 2, "did you mean: sesame key rotate"),
        Mistake("key init --key-command nonsense", 2, "is not a program: nonsense"),
        Mistake("key init --key-file a --passphrase", 2, "the key has one source"),
        Mistake("key init --passphrase", 4, "no terminal", "--passphrase-fd"),
        Mistake("key init --passphrase --passphrase-file /missing", 2, "no such file"),
        Mistake("key rotate", 2, "no store"),
        Mistake("key accept-rollback", 2, "--yes"),
        Mistake("lock", 2, "only a store with a passphrase can be locked"),
        Mistake("unlock", 2, "there is no store yet", "sesame key init --passphrase"),
        Mistake("unlock --passphrase-fd 1", 2, "1 and 2 are for writing"),
        Mistake("unlock --for 0", 2, "--for: not a whole number"),
        Mistake("backup", 2, "which file?"),
        Mistake("backup /tmp/never", 4, "no terminal", "--passphrase-fd"),
        Mistake("restore /missing", 2, "No such file"),
        Mistake("restore --confirm", 2, "--confirm takes a profile or --all"),
        Mistake("restore --all", 2, "sesame restore --confirm --all"),
    ])
    func `of a newcomer leaves nothing behind`(mistake: Mistake) async throws {
        let sesame = Sesame()
        try await mistake.expect(of: sesame)
        #expect(try await sesame.shell("ls").output.isEmpty)
    }

    @Test func `of somebody who is logged in loses nothing`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let held = try await sesame.run("token", "work")
        try await sesame.run(
            "setup", "far", "--redirect-uri", "https://elsewhere.example/callback",
            "--issuer", "\(practice.playground.origin)/rfc", "--client-id", "practice-public",
            "--client-auth", "none")
        let mistakes = [
            Mistake("header work --url https://evil.example/", 6, "not a destination"),
            Mistake("request work https://evil.example/", 6, "not a destination"),
            Mistake("request work /api -d @/missing", 2, "/missing"),
            Mistake("request work", 2, "which URL?"),
            Mistake("header work --url /x --method A,B", 2, "--method"),
            Mistake("exec work", 2, "which program?"),
            Mistake("exec work -- no-such-program", 127, "no-such-program: not found"),
            Mistake("exec work -- /etc/passwd", 126, "cannot be run"),
            Mistake("login work --timeout 0", 2, "--timeout"),
            Mistake("login work --paste --no-browser", 2, "exclude each other"),
            Mistake("login far", 2, "is not on this machine", "login far --paste"),
            Mistake("setup work --redirect-uri nonsense", 2, "sesame: `redirect_uri` is"),
            Mistake("status --profile work far", 2, "two profiles are named"),
            Mistake("contact create --email a@b.example", 2, "which profile? there are 2"),
            Mistake("contact create --email nonsense --profile work", 2, "not an email address"),
        ]
        for mistake in mistakes { try await mistake.expect(of: sesame) }
        try await Mistake("setup work --client-secret-stdin", 2, "more than one line")
            .expect(of: sesame, input: "two\nlines\n")
        #expect(try await sesame.run("token", "work") == held)
    }

    @Test(arguments: [
        ("echo 'client_idd = x' >>config", 2, "line 5: unknown key `client_idd`"),
        ("rm store.key", 4, "there is no key file"),
        ("head -c 40 /dev/urandom >store.key", 4, "holds no Sesame key"),
        ("chmod 644 store.key", 4, "can be read by others"),
        (
            "mkdir -m 700 x && SESAME_HOME=$PWD/x $SESAME setup y --issuer https://127.0.0.1:1 "
                + "--client-id z >x/log 2>&1 && cp x/store.key store.key", 4,
            "made with another key"
        ),
        ("head -c 9000 /dev/urandom >store.db", 8, "the store file is damaged"),
    ])
    func `in the files is told, and undone`(change: String, status: Int32, words: String)
        async throws
    {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let held = try await sesame.run("token", "work")
        let changed = try await sesame.shell(
            "mkdir -m 700 kept && cp -p config store.key store.db* kept/ && \(change)")
        try #require(changed.status == 0, "\(changed.errors)")
        for command in ["token work", "token work --refresh", "login work"] {
            try await Mistake(command, status, words).expect(of: sesame)
        }
        try await sesame.shell("rm -f store.db* && cp -p kept/* .")
        #expect(try await sesame.run("token", "work") == held)
    }
}

@Suite struct `A server that fails` {
    @Test(arguments: ["html", "error_500", "error_503", "forbidden", "rate_limited", "dropped"])
    func `ends no login`(kind: String) async throws {
        let practice = try await Practice("strict")
        try await practice.disturb(#"{"kind":"\#(kind)","count":9}"#)
        try await Mistake("token work --refresh", 5, "try again later").expect(of: practice.sesame)
        try await practice.sesame.run("token", "work")
        _ = try await practice.control("DELETE", "faults")
        try await practice.sesame.run("token", "work", "--refresh")
    }

    /// The server is reached through the broker here, and what it says is judged by the command.
    @Test(arguments: ["html", "error_500", "error_503", "rate_limited", "dropped"])
    func `makes a contact wait`(kind: String) async throws {
        let practice = try await Practice("strict")
        let origin = practice.playground.origin
        try await practice.sesame.run(
            ["setup", "basic", "--provider", "mautic", "--base-url", "\(origin)/mautic"]
                + ["--grant", "basic", "--username", "ada", "--password-stdin"], input: "practice")
        try await practice.disturb(#"{"kind":"\#(kind)","endpoint":"api","count":9,"reset_in":1}"#)
        try await Mistake("contact create --email ada@example.org --profile basic", 5)
            .expect(of: practice.sesame)
    }

    @Test func `to know a refresh token makes a person log in, and says why`() async throws {
        let practice = try await Practice("strict")
        try await practice.disturb(
            #"{"answer":{"status":400,"content_type":"application/json","#
                + #""body":"{\"error\":\"invalid_grant\"}"}}"#)
        for command in ["token work --refresh", "token work"] {
            try await Mistake(command, 3, "expired", "used elsewhere", "sesame login work")
                .expect(of: practice.sesame)
        }
        try await practice.sesame.run("login", "work")
        try await practice.sesame.run("token", "work")
    }

    @Test func `to get the person's consent is told, and the old login stays`() async throws {
        let practice = try await Practice("strict")
        let held = try await practice.sesame.run("token", "work")
        let playground = BuiltPrograms.path(of: "sesame-playground")
        try await practice.sesame.shell(
            #"printf '#!/bin/sh\nexec "\#(playground)" browse --deny "$1"\n' >no && chmod 700 no"#)
        let denied = try await practice.sesame.attempt(
            ["login", "work"], browser: practice.sesame.folder.file("no"))
        #expect(denied.status == 3)
        #expect(denied.errors.contains("denied"), "\(denied.errors)")
        let silent = try await practice.sesame.attempt(
            ["login", "work", "--timeout", "1"], browser: "/bin/true")
        #expect(silent.status == 3)
        #expect(silent.errors.contains("what did the browser show?"), "\(silent.errors)")
        #expect(try await practice.sesame.run("token", "work") == held)
    }
}

@Suite struct `Standard streams` {
    /// A token that nobody receives must not end in another file that took the number.
    @Test(arguments: [">&-", ">/dev/full", "<&- >&-"])
    func `that take nothing are an error`(redirection: String) async throws {
        let practice = try await Practice("strict")
        let ended = try await practice.sesame.shell(#""$SESAME" token work \#(redirection)"#)
        #expect(ended.status == 1)
        #expect(ended.errors.contains("standard output"), "\(ended.errors)")
    }

    @Test(arguments: ["2>&-", "<&-", "<&- 2>&-"])
    func `that are not needed may be closed`(redirection: String) async throws {
        let practice = try await Practice("strict")
        let held = try await practice.sesame.run("token", "work")
        let ended = try await practice.sesame.shell(#""$SESAME" token work \#(redirection)"#)
        #expect(ended.status == 0)
        #expect(ended.output == held)
    }
}
