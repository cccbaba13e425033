import SesameBroker
import SesameSystem
import TestSupport
import Testing

@Suite struct `A gate without rules` {
    private let door: Doorkeeping

    init() throws {
        door = try Doorkeeping("")
    }

    @Test func `lets the broker's own user do everything`() async {
        #expect(await door.access(.owner) == .manage)
        #expect(await door.access(.owner, nil) == .manage)
    }

    @Test func `A-1: lets nobody else in, root included`() async {
        for caller in [Caller.root, .stranger, .web()] {
            let refusal = await door.admit(caller, .status)
            #expect(refusal?.code == .callerRefused)
            #expect(await door.access(caller) == .nothing)
            #expect(throws: BrokerError.self) { () throws(BrokerError) in
                try door.gate.admitAnywhere(caller)
            }
        }
    }
}

@Suite struct `A gate with rules` {
    private static let rules = """
        [caller jobs]
        user = 33
        unit = jobs.service
        profile = aivie
        may = token

        [caller web]
        user = 33
        unit = web.service
        may = request
        scope = contacts

        [caller admins]
        group = 50
        may = manage

        [caller careful]
        user = 1000
        executable = /usr/bin/python3.11
        profile = aivie
        may = status
        """
    private let door: Doorkeeping

    init() throws {
        door = try Doorkeeping(Self.rules)
    }

    @Test func `gives four callers four answers`() async throws {
        #expect(await door.access(.web(unit: "jobs.service")) == .token)
        #expect(await door.access(.web()) == .request)
        #expect(await door.access(.owner) == .manage)
        #expect(await door.access(.stranger) == .nothing)
        let permit = try await door.gate.admit(.web(), to: .request, of: "aivie")
        #expect(permit == Permit(rule: "web", access: .request, scope: "contacts"))
    }

    @Test func `keeps a rule to its profiles`() async {
        #expect(await door.access(.web(unit: "jobs.service"), "other") == .nothing)
        #expect(await door.access(.web(), "other") == .request)
    }

    @Test func `fits all conditions of a section, and one entry of each`() async {
        #expect(await door.access(.web(unit: "mail.service")) == .nothing)
        #expect(await door.access(.web(unit: nil)) == .nothing)
        let other = Caller(uid: 34, gid: 34) { PeerProcess(unit: "web.service") }
        #expect(await door.access(other) == .nothing)
    }

    /// Else a process would only have to end, once it has given its connection to another.
    @Test func `sets nobody free of a section because nothing can be found out of him`()
        async throws
    {
        #expect(await door.access(Caller(uid: 33, gid: 33)) == .nothing)
        // The broker's own user, whom a section by program binds.
        let gone = Caller(uid: 1000, gid: 1000)
        #expect(await door.admit(gone)?.code == .callerRefused)
        #expect(throws: BrokerError.self) { () throws(BrokerError) in
            try door.gate.admitAnywhere(gone)
        }
        #expect(try !door.gate.reach(of: gone, .status)("aivie"))
        let nameless = Caller(uid: 1000, gid: 1000) { PeerProcess(executable: nil) }
        #expect(await door.admit(nameless)?.code == .callerRefused)
    }

    @Test func `tells nobody but its owner which profiles there are, or what is wrong`()
        async throws
    {
        let refusal = try #require(await door.admit(.web(), .request, "absent"))
        #expect(refusal.code == .unknownProfile && refusal.hints.isEmpty)
        let broken = try Doorkeeping("[caller x]\nuser = *\nmay = everything with hunter2\n")
        let mistake = try #require(await broken.admit(.stranger))
        #expect(mistake.code == .configuration && !mistake.message.contains("line"))
        #expect(try #require(await broken.admit(.owner)).message.contains("line"))
    }

    @Test func `lets the first section for all profiles decide who may see anything`() throws {
        let door = try Doorkeeping(
            "[caller none]\nuser = 4321\nmay = nothing\n\n[caller all]\nuser = *\nmay = status\n")
        #expect(throws: BrokerError.self) { () throws(BrokerError) in
            try door.gate.admitAnywhere(.stranger)
        }
        #expect(try door.gate.admitAnywhere(.web()).rule == "all")
        #expect(try !door.gate.reach(of: .stranger, .status)("aivie"))
        #expect(try door.gate.reach(of: .web(), .status)(nil))
    }

    @Test func `knows a group by the process's main one and by its others`() async {
        #expect(await door.access(Caller(uid: 4321, gid: 50)) == .manage)
        let member = Caller(uid: 4321, gid: 1) { PeerProcess(groups: [7, 50]) }
        #expect(await door.access(member) == .manage)
        #expect(await door.access(member, nil) == .manage)
    }

    @Test func `can bind the broker's own user, too`() async {
        let python = Caller(uid: 1000, gid: 1000) {
            PeerProcess(executable: "/usr/bin/python3.11")
        }
        #expect(await door.access(python) == .status)
        #expect(await door.access(python, "other") == .manage)
    }

    @Test func `says who was refused what, and by which section`() async throws {
        let refusal = try #require(await door.admit(.web(), .token))
        #expect(refusal.code == .callerRefused)
        #expect(refusal.message.contains("[caller web] lets user 33 have request"))
        #expect(refusal.message.contains("needs token"))
    }

    @Test func `lets in whoever may see anything at all`() throws {
        let jobs = Caller.web(unit: "jobs.service")
        #expect(try door.gate.admitAnywhere(jobs).rule == "jobs")
        #expect(throws: BrokerError.self) { () throws(BrokerError) in
            try door.gate.admitAnywhere(.stranger)
        }
    }

    @Test func `lets nobody in by a configuration that cannot be read`() async throws {
        let door = try Doorkeeping("[caller x]\nuser = *\nmay = everything\n")
        #expect(await door.admit(.stranger)?.code == .configuration)
        #expect(await door.admit(.owner)?.code == .configuration)
    }
}

@Suite struct `A rate` {
    private let door: Doorkeeping

    init() throws {
        door = try Doorkeeping("[caller all]\nuser = *\nmay = token\nrate = 3/min\n")
    }

    @Test func `lets so many through, and says when there is more`() async throws {
        for _ in 0..<3 { #expect(await door.admit(.stranger) == nil) }
        let refusal = try #require(await door.admit(.stranger))
        #expect(refusal.code == .rateLimited)
        #expect(refusal.retryAfter == 20)
        door.time.advance(seconds: 19)
        #expect(await door.admit(.stranger)?.code == .rateLimited)
        door.time.advance(seconds: 1)
        #expect(await door.admit(.stranger) == nil)
        #expect(await door.admit(.stranger)?.code == .rateLimited)
    }

    @Test func `is each user's own, and never more than one filling`() async {
        for _ in 0..<3 { #expect(await door.admit(.stranger) == nil) }
        #expect(await door.admit(.web()) == nil)
        door.time.advance(seconds: 1_000_000)
        for _ in 0..<3 { #expect(await door.admit(.stranger) == nil) }
        #expect(await door.admit(.stranger)?.code == .rateLimited)
    }

    @Test func `does not count who only looks`() async {
        for _ in 0..<10 { #expect(await door.admit(.stranger, .status) == nil) }
    }
}
