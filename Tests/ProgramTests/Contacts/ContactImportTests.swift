import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A file of contacts` {
    @Test func `is imported through whatever goes wrong, and nothing is there twice`() async throws
    {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try await practice.disturb(#""kind":"lost_answer","skip":3,"every":5,"count":3"#)
        try await practice.disturb(#""kind":"error_500","skip":1,"every":10,"count":5"#)
        let file = try practice.write(PracticeContacts.rows(800) + "nobody;X;\n")
        let ended = try await practice.sesame.attempt(["contact", "import", file, "--batch", "40"])
        #expect(ended.output == "801 rows: 800 created, 0 updated, 0 unchanged, 1 failed\n")
        #expect(ended.status == 9, "\(ended.errors)")
        #expect(ended.errors.contains("line 802: email: “nobody” is not an email address"))
        #expect(try await practice.count("contacts") == 800)
        #expect(try await practice.count("shared_addresses") == 0)
        let kept = try PrivateFile.read(
            practice.sesame.folder.file("contacts.failed.csv"), limit: 4096)
        #expect(kept.dangerouslyRevealedText().hasSuffix("nobody;X;\n"))
        #expect(try await practice.sesame.shell("ls *.journal").status != 0, "no journal is left")

        let again = try await practice.sesame.attempt(
            ["contact", "import", file, "--failed", practice.sesame.folder.file("other"), "--json"])
        let summary = try JSON(printed: again.output)
        #expect(summary["unchanged"]?.integer == 800)
        #expect(summary["failed"]?.integer == 1)
        #expect(summary["complete"]?.bool == true)
    }

    @Test(arguments: [SIGKILL, SIGINT])
    func `goes on after an end in the middle, none lost and none twice`(_ signal: Int32)
        async throws
    {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        // Carried out, and the answer is kept back: nobody but the server knows of these.
        try await practice.disturb(#""kind":"held_answer","skip":12,"count":2"#)
        let file = try practice.write(PracticeContacts.rows(500))
        let running = try practice.sesame.start("contact", "import", file, "--batch", "25")
        try await practice.waitUntilHeld(2)
        running.signal(signal)
        _ = try await practice.playground.control("POST", "release")
        let first = try await offPool { try running.wait() }
        if signal == SIGINT {
            #expect(first.status == 130)
            #expect(first.output.contains(" rows: "), "\(first.output)")
            #expect(first.errors.contains("the same command goes on where it was"))
        }
        let between = try await practice.count("contacts") ?? 0
        #expect(between < 500)
        // Another way to the same file.
        let second = try await practice.sesame.run(
            "contact", "import", practice.sesame.folder.file("./contacts.csv"), "--batch", "25",
            "--json")
        let summary = try JSON(printed: second)
        #expect(summary["rows"]?.integer == 500)
        #expect(summary["failed"]?.integer == 0)
        #expect(try await practice.count("contacts") == 500)
        #expect(try await practice.count("shared_addresses") == 0)
    }

    @Test func `that waits for a limit is left at once where somebody says so`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try await practice.disturb(#""kind":"rate_limited","reset_in":3600,"skip":2"#)
        let file = try practice.write(PracticeContacts.rows(50))
        let running = try practice.sesame.start("contact", "import", file)
        try await eventually("the limit is reached") {
            try await practice.count("api_requests") ?? 0 > 2
        }
        // As timeout(1) does.
        for _ in 0..<2 { running.signal(SIGINT) }
        let ended = try await offPool { try running.wait() }
        #expect(ended.status == 130)
        #expect(ended.errors.contains("the same command goes on where it was"), "\(ended.errors)")
        #expect(
            try await practice.sesame.run("contact", "import", file)
                == "50 rows: 50 created, 0 updated, 0 unchanged, 0 failed\n")
    }

    /// Imports a file, during which, while an answer is held, this is done in a shell.
    private func imported(
        _ file: String, in practice: PracticeContacts, meanwhile command: String
    ) async throws -> ChildProcess.Finished {
        try await practice.disturb(#""kind":"held_answer","skip":3"#)
        let running = try practice.sesame.start(
            "contact", "import", file, "--batch", "25", "--concurrency", "1")
        try await practice.waitUntilHeld()
        #expect(try await practice.sesame.shell(command).status == 0)
        _ = try await practice.playground.control("POST", "release")
        return try await offPool { try running.wait() }
    }

    @Test func `that is cut while it is imported is no whole one`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        // Longer than what is read at once.
        let text = PracticeContacts.rows(3000)
        let file = try practice.write(text)
        let ended = try await imported(
            file, in: practice, meanwhile: "truncate -s 70000 contacts.csv")
        #expect(ended.status == 2)
        #expect(ended.errors.contains("the file has changed while it was read"), "\(ended.errors)")
        try PrivateFile.replace(file, Secret(utf8: text))
        let second = try await practice.sesame.run(
            "contact", "import", file, "--batch", "25", "--json")
        #expect(try JSON(printed: second)["rows"]?.integer == 3000)
        #expect(try await practice.count("contacts") == 3000)
        #expect(try await practice.count("shared_addresses") == 0)
    }

    @Test func `whose name another one takes meanwhile is imported as it was, and that is said`()
        async throws
    {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let file = try practice.write(PracticeContacts.rows(100))
        _ = try practice.write(PracticeContacts.rows(120), to: "newer.csv")
        let ended = try await imported(file, in: practice, meanwhile: "mv newer.csv contacts.csv")
        #expect(ended.status == 0)
        #expect(ended.output == "100 rows: 100 created, 0 updated, 0 unchanged, 0 failed\n")
        #expect(ended.errors.contains("contacts.csv is not what it was"), "\(ended.errors)")
    }

    @Test(arguments: ["contacts.jsonl", "-"])
    func `of JSON lines names what is left out, too`(_ path: String) async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let line = #"{"email":"a@x.example","frstname":"Ada"}"# + "\n"
        let file = path == "-" ? path : try practice.write(line, to: path)
        let ended = try await practice.sesame.attempt(
            ["contact", "import", file, "--format", "jsonl", "--ignore-unknown"], input: line)
        #expect(ended.status == 0)
        #expect(ended.errors.contains("left out: “frstname”"), "\(ended.errors)")
    }

    @Test func `goes on without a word of failed rows that somebody has taken away to mend`()
        async throws
    {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let file = try practice.write("email\nnobody\na@x.example\nb@x.example\n")
        // Behind the fields, the look and the first row that can be sent.
        try await practice.disturb(
            #""skip":3,"answer":{"status":401,"content_type":"application/json","body":"{}"}"#)
        let first = try await practice.sesame.attempt(
            ["contact", "import", file, "--batch", "2", "--concurrency", "1"])
        #expect(first.status != 0 && first.status != 9, "\(first.errors)")
        #expect(try await practice.sesame.shell("mv contacts.failed.csv mended.csv").status == 0)
        let second = try await practice.sesame.attempt(
            ["contact", "import", file, "--batch", "2", "--concurrency", "1"])
        #expect(second.status == 9)
        #expect(!second.errors.contains("taken away"), "\(second.errors)")
    }

    @Test func `whose end comes with Ctrl-C, which ends what writes it, is not at its end`()
        async throws
    {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        // On one processor the writer is gone before its reader knows of the signal.
        _ = try practice.write(
            #"""
            set -m
            (printf 'email\na@x.example\nb@x.exam'; exec sleep 60) | "$SESAME" contact import - --journal j &
            for _ in $(seq 500); do [ -s j ] && break; sleep 0.02; done
            kill -INT %1
            wait %1
            echo "ended $?"
            """#, to: "pipe.sh")
        let ended = try await practice.sesame.shell("taskset -c 0 bash pipe.sh")
        #expect(ended.output.contains("ended 130"), "\(ended.output) \(ended.errors)")
        #expect(try await practice.count("contacts") == 0)
        #expect(try await practice.sesame.shell("cat j").output.contains("sesame_import"))
    }

    @Test func `that never comes is given up where somebody says so`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let running = try practice.sesame.start("contact", "import", "-")
        // The fields are asked for before the first byte is read.
        try await eventually("the import has begun") {
            try await practice.count("api_requests") ?? 0 > 0
        }
        running.signal(SIGINT)
        #expect(try await offPool { try running.wait() }.status == 130)
    }

    @Test(.enabled(if: PreloadedLibrary.isExpected, "there is no C compiler"))
    func `whose journal's disk is full stops, and goes on when there is room`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let disk = try FailingDisk()
        let file = try practice.write(PracticeContacts.rows(300))
        let running = try disk.start(
            "sesame", ["contact", "import", file, "--batch", "25"], of: practice.sesame,
            failingAt: 14,
            with: ENOSPC, files: file + ".journal")
        let first = try await offPool { try running.wait() }
        #expect(disk.hasStruck)
        #expect(first.status == 5, "\(first.errors)")
        #expect(first.errors.contains("No space left on device"))
        #expect(first.errors.contains("the same command goes on where it was"))
        disk.repair()
        let second = try await practice.sesame.run("contact", "import", file, "--batch", "25")
        #expect(second.hasPrefix("300 rows ("), "\(second)")
        #expect(try await practice.count("contacts") == 300)
        #expect(try await practice.count("shared_addresses") == 0)
    }

    @Test func `is checked as a whole before anything is sent`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let text =
            "email,plan,birthday\na@x.example,pro,1815-12-10\nb@x.example,gold,\nc@x.example,,tomorrow\n"
        let file = try practice.write(text)
        let checked = try await practice.sesame.attempt(["contact", "import", file, "--dry-run"])
        #expect(checked.status == 9)
        #expect(checked.output == "3 rows: 1 can be sent, 2 cannot; nothing was sent\n")
        #expect(
            checked.errors.contains(
                "line 3, column “plan”: “gold” is no option of it: it takes free, pro, team"))
        #expect(checked.errors.contains("line 4, column “birthday”: write dates as 2026-12-31"))
        let broken = try practice.write(text + "d@x.example,\"pro,\n", to: "broken.csv")
        let refused = try await practice.sesame.attempt(["contact", "import", broken])
        #expect(refused.status == 2)
        #expect(
            refused.errors.contains(
                "broken.csv: line 5, column 13: the quote that opens here is never closed"))
        #expect(try await practice.count("contacts") == 0)
    }

    @Test(arguments: [
        (["--map", "Frst=firstname"], "no contact field is meant by the column “Mail”"),
        (["--map", "Mail=mail"], "this Mautic has no contact field “mail”"),
        (["--map", "Mail"], "--map: not of the form COLUMN=ALIAS"),
        (["--encoding", "latin1"], "--encoding: not one of utf-8, utf-16, windows-1252"),
        (
            ["--map", "Mail=email", "--map", "Frst=", "--failed", "nowhere/failed.csv"],
            "failed rows have no place"
        ),
        (["--journal", "j", "--failed", "j"], "they need a file each"),
        (["--journal", "FILE"], "--journal: that is the file which is imported"),
        (["--tag", "-x"], "“-x” begins with “-”"),
        (["--map", "Mail=email", "--map", "Mail="], "--map: “Mail” is given twice"),
        (["--batch", "201"], "--batch: not a whole number from 1 to 200"),
    ])
    func `is refused where nobody knows what it means`(_ options: [String], _ words: String)
        async throws
    {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let file = try practice.write("Mail,Frst\na@x.example,A\n")
        let ended = try await practice.sesame.attempt(
            ["contact", "import", file] + options.map { $0 == "FILE" ? file : $0 })
        #expect(ended.status == 2)
        #expect(ended.errors.contains(words), "\(ended.errors)")
    }

    @Test func `in an older encoding is told by the rows that are no UTF-8`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let file = practice.sesame.folder.file("contacts.csv")
        try PrivateFile.create(
            file,
            Secret(copying: Array("email;city\na@x.example;Z".utf8) + [0xFC] + Array("rich\n".utf8))
        )
        let ended = try await practice.sesame.attempt(["contact", "import", file, "--dry-run"])
        #expect(ended.status == 9)
        #expect(
            ended.errors.contains(
                "1 row cannot be read as UTF-8; if that is how the whole file is written: --encoding windows-1252"
            ))
        #expect(
            try await practice.sesame.run(
                "contact", "import", file, "--encoding", "windows-1252")
                == "1 row: 1 created, 0 updated, 0 unchanged, 0 failed\n")
    }

    @Test(arguments: ["contacts.csv", "contacts.jsonl"])
    func `in an older encoding has failed rows that are imported by the same command`(
        _ name: String
    ) async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let city = [UInt8(ascii: "Z"), 0xFC] + Array("rich".utf8)
        let lines =
            name.hasSuffix("csv")
            ? Array("email;city;plan\na@x.example;".utf8) + city + Array(";gold\n".utf8)
            : Array(#"{"email":"a@x.example","city":""#.utf8) + city
                + Array("\",\"plan\":\"gold\"}\n".utf8)
        let file = practice.sesame.folder.file(name)
        try PrivateFile.create(file, Secret(copying: lines))
        let command = ["contact", "import", "--encoding", "windows-1252"]
        #expect(try await practice.sesame.attempt(command + [file]).status == 9)
        let failed = name.replacing(".", with: ".failed.")
        #expect(
            try await practice.sesame.shell(
                "sed -i 's/gold\\([^”]\\)/team\\1/; s/gold$/team/' \(failed)"
            )
            .status == 0)
        #expect(
            try await practice.sesame.run(
                command + [practice.sesame.folder.file(failed)], input: "")
                == "1 row: 1 created, 0 updated, 0 unchanged, 0 failed\n")
        let told = try await practice.sesame.run("contact", "get", "a@x.example", "--json")
        #expect(try JSON(printed: told)["fields"]?["city"]?.string == "Zürich")
    }

    @Test func `of another program is imported without the columns that mean nothing here`()
        async throws
    {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let file = try practice.write(
            "Record ID,First Name,Email Address,Country\n1,Ada,a@x.example,Deutschland\n2,Bea,b@x.example,\n"
        )
        #expect(try await practice.sesame.attempt(["contact", "import", file]).status == 2)
        let ended = try await practice.sesame.attempt(
            ["contact", "import", file, "--ignore-unknown"])
        #expect(ended.output == "2 rows: 1 created, 0 updated, 0 unchanged, 1 failed\n")
        #expect(ended.errors.contains("left out: “Record ID”"))
        #expect(ended.errors.contains("such as Switzerland"), "\(ended.errors)")
    }

    @Test func `through standard input keeps failed rows where somebody says so`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let ended = try await practice.sesame.attempt(
            ["contact", "import", "-"], input: "email\nnobody\n")
        #expect(ended.status == 9)
        #expect(ended.errors.contains("failed rows are kept nowhere: --failed FILE keeps them"))
    }

    @Test func `may come through standard input, and as JSON lines`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let lines = """
            {"email":"a@x.example","interests":["red","blue"],"newsletter_ok":true}
            {"email":"b@x.example","tags":["one","two"]}

            """
        let ended = try await practice.sesame.run(
            ["contact", "import", "-", "--format", "jsonl", "--tag", "all"], input: lines)
        #expect(ended == "2 rows: 2 created, 0 updated, 0 unchanged, 0 failed\n")
        let contact = try JSON(
            printed: try await practice.sesame.run("contact", "get", "b@x.example", "--json"))
        #expect(contact["tags"]?.elements?.map(\.string) == ["all", "one", "two"])
    }

    @Test func `works without a broker that runs, over the one that is started for it`()
        async throws
    {
        let practice = try await PracticeContacts()
        practice.broker.terminate()
        _ = try await offPool { try practice.broker.wait() }
        let file = try practice.write(PracticeContacts.rows(120))
        let ended = try await practice.sesame.run("contact", "import", file)
        #expect(ended == "120 rows: 120 created, 0 updated, 0 unchanged, 0 failed\n")
    }
}
