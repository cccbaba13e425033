import SesameBroker
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A caller that must be confirmed` {
    /// A program that notes each call with what it was told, and ends as a file says.
    private struct Person {
        let folder = TemporaryFolder()

        init(says status: Int) throws {
            let script = """
                #!/bin/sh
                echo "$SESAME_CALLER $SESAME_CALLER_UID $SESAME_ACCESS $SESAME_PROFILE" >>"$1"
                exit "$(cat "$2")"
                """
            try PrivateFile.create(folder.file("ask"), Secret(utf8: script))
            _ = try ChildProcess.run("/bin/chmod", ["700", folder.file("ask")])
            try say(status)
        }

        func say(_ status: Int) throws {
            try PrivateFile.replace(folder.file("answer"), Secret(utf8: "\(status)"))
        }

        var questions: [Substring] {
            let text = try? PrivateFile.readShared(folder.file("asked"), limit: 65_536)
            return (text?.dangerouslyRevealedText() ?? "").split(separator: "\n")
        }

        var rule: String {
            "[caller web]\nuser = 33\nmay = token\nconfirm_for = 5m\n"
                + "confirm = \(folder.file("ask")) \(folder.file("asked")) \(folder.file("answer"))\n"
        }
    }

    @Test func `is let in by a yes, which holds for a while`() async throws {
        let person = try Person(says: 0)
        let door = try Doorkeeping(person.rule)
        #expect(await door.admit(.web()) == nil)
        #expect(await door.admit(.web()) == nil)
        #expect(person.questions == ["web 33 token aivie"])
        door.time.advance(seconds: 300)
        #expect(await door.admit(.web()) == nil)
        #expect(person.questions.count == 2)
    }

    @Test func `is refused by a no, and may not ask again at once`() async throws {
        let person = try Person(says: 1)
        let door = try Doorkeeping(person.rule)
        #expect(await door.admit(.web())?.code == .callerRefused)
        try person.say(0)
        #expect(await door.admit(.web())?.code == .callerRefused)
        #expect(person.questions.count == 1)
        door.time.advance(seconds: 10)
        #expect(await door.admit(.web()) == nil)
    }

    @Test func `is asked about once for all who wait`() async throws {
        let person = try Person(says: 0)
        let door = try Doorkeeping(person.rule)
        let refusals = await withTaskGroup(of: BrokerError?.self) { group in
            for _ in 0..<20 { group.addTask { await door.admit(.web()) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refusals.allSatisfy { $0 == nil })
        #expect(person.questions.count == 1)
    }

    @Test func `is asked about for each thing anew`() async throws {
        let person = try Person(says: 0)
        let door = try Doorkeeping(person.rule)
        #expect(await door.admit(.web(), .request) == nil)
        #expect(await door.admit(.web(), .token) == nil)
        #expect(await door.admit(.web(), .token, "other") == nil)
        #expect(person.questions.count == 3)
        #expect(await door.admit(.web(), .status) == nil)
        #expect(person.questions.count == 3)
    }

    @Test func `has one question open at a time, and none about what there is not`() async throws {
        let person = try Person(says: 0)
        let folder = person.folder
        let wait =
            "#!/bin/sh\n: >\(folder.file("asked"))\nuntil [ -e \(folder.file("go")) ]; do sleep 0.01; done\n"
        try PrivateFile.create(folder.file("wait"), Secret(utf8: wait))
        _ = try ChildProcess.run("/bin/chmod", ["700", folder.file("wait")])
        let door = try Doorkeeping(
            "[caller web]\nuser = 33\nmay = token\nconfirm = \(folder.file("wait"))\n"
                + "[caller other]\nuser = 34\nmay = token\nconfirm = /bin/true\n")
        async let first = door.admit(.web(), .token)
        while PrivateFile.objection(toSharedFileAt: folder.file("asked")) != nil {
            await Task.yield()
        }
        #expect(await door.admit(.web(), .request, "other")?.code == .rateLimited)
        #expect(await door.admit(.web(), .token, "ghost")?.code == .unknownProfile)
        #expect(await door.admit(Caller(uid: 34, gid: 34)) == nil, "others are not kept waiting")
        try PrivateFile.create(folder.file("go"), Secret(utf8: ""))
        #expect(await first == nil)
    }

    @Test func `is refused when the program lies where others could exchange it`() async throws {
        let person = try Person(says: 0)
        _ = try ChildProcess.run("/bin/chmod", ["777", person.folder.path])
        let door = try Doorkeeping(person.rule)
        #expect(await door.admit(.web())?.code == .callerRefused)
        _ = try ChildProcess.run("/bin/chmod", ["700", person.folder.path])
        #expect(person.questions.isEmpty)
    }

    @Test func `is refused when nobody can be asked, and the owner hears of it`() async throws {
        let door = try Doorkeeping(
            "[caller web]\nuser = 33\nmay = token\nconfirm = /nonexistent/program\n")
        #expect(await door.admit(.web())?.code == .callerRefused)
        let alarms = door.alarms.withLock { $0 }
        #expect(alarms.count == 1)
        #expect(alarms.first?.contains("/nonexistent/program cannot be found") == true)
    }

    @Test func `is refused when others could change the program that says yes`() async throws {
        let person = try Person(says: 0)
        _ = try ChildProcess.run("/bin/chmod", ["777", person.folder.file("ask")])
        let door = try Doorkeeping(person.rule)
        #expect(await door.admit(.web())?.code == .callerRefused)
        #expect(person.questions.isEmpty)
    }
}
