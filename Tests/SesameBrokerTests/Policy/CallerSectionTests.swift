import SesameBroker
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A section about a caller` {
    private func refusal(_ section: String) -> String? {
        let folder = TemporaryFolder()
        do {
            try PrivateFile.create(folder.file("config"), Secret(utf8: section))
            _ = try ConfigurationFile(path: folder.file("config"), home: "/home/me").contents()
            return nil
        } catch {
            return (error as? BrokerError)?.message
        }
    }

    @Test func `is taken with everything that it can say`() {
        #expect(
            refusal(
                """
                [profile aivie]
                provider = mautic
                [profile work]
                provider = mautic
                [caller full]
                user = root
                user = 33
                group = root
                executable = /usr/bin/php8.2
                unit = web.service
                user_unit = sync.service
                profile = aivie
                profile = work
                may = token
                scope = contacts:read
                rate = 60/min
                confirm = /usr/bin/zenity --question "--text=a question"
                confirm_for = 15m
                """) == nil)
    }

    @Test(arguments: [
        ("[caller x]\nmay = token\n", "line 1: [caller x] says nothing of who it is"),
        ("[caller x]\nuser = *\n", "line 1: [caller x] does not say what it `may`"),
        ("[caller x]\nuser = *\nmay = all\n", "line 3: `may` is one of: nothing, status, request"),
        ("[caller x]\nuser = no-such-user-here\nmay = token\n", "line 2: there is no user"),
        ("[caller x]\ngroup = no-such-group-here\nmay = token\n", "line 2: there is no group"),
        ("[caller x]\nexecutable = php\nmay = token\n", "line 2: `executable` is the absolute"),
        ("[caller x]\nunit = web\nmay = token\n", "line 2: `unit` is the whole name of a unit"),
        ("[caller x]\nuser = *\nmay = token\nmay = token\n", "line 4: `may` occurs twice"),
        ("[caller x]\nuser = *\nmay = token\nrate = 5\n", "line 4: `rate` is a number a time"),
        ("[caller x]\nuser = *\nmay = token\nrate = 0/s\n", "line 4: `rate` is a number a time"),
        ("[caller x]\nuser = *\nmay = token\nrate = 9/day\n", "line 4: `rate` is a number a time"),
        ("[caller x]\nuser = *\nmay = token\nconfirm = ask me\n", "line 4: `confirm` begins with"),
        ("[caller x]\nuser = *\nmay = token\nconfirm_for = 0\n", "line 4: `confirm_for` is a time"),
        ("[caller x]\nuser = *\nmay = token\nconfirm_for = 99999999999999999999d\n", "line 4:"),
        ("[caller x]\nuser = *\nmay = token\ncolour = red\n", "line 4: unknown key `colour`"),
        ("[caller a b]\nuser = *\nmay = token\n", "line 1: a caller's name has"),
        ("[caller x]\nuser = *\nmay = token\nprofile = *\n", "line 4: `profile` is the name"),
        (
            "[caller x]\nuser = *\nmay = token\nprofile = typo\n",
            "line 4: [caller x] is about a profile"
        ),
        ("[caller x]\nuser = *\nmay = status\nrate = 1/s\n", "line 1: [caller x] may have nothing"),
        ("[caller x]\nuser = *\nmay = nothing\nconfirm = /bin/true\n", "line 1: [caller x] may"),
    ])
    func `is refused with its line`(section: String, words: String) throws {
        let message = try #require(refusal(section))
        #expect(message.contains(words), "\(message)")
    }
}

@Suite struct `The section of the broker` {
    private func contents(_ section: String) throws -> ConfigurationFile.Contents {
        let folder = TemporaryFolder()
        try PrivateFile.create(folder.file("config"), Secret(utf8: section))
        return try ConfigurationFile(path: folder.file("config"), home: "/home/me").contents()
    }

    @Test func `says how ahead, and what to run`() throws {
        let settings = try contents(
            """
            [broker]
            renew_ahead = off
            renewals_at_once = 16
            warn_before = 5d
            remind_every = 2h
            reminders = 7
            on_login_required = /usr/bin/mail -s "log in" me
            on_renewed = /bin/true
            """
        ).broker
        #expect(!settings.renewsAhead && settings.renewalsAtOnce == 16)
        #expect(settings.warnBefore == 432_000 && settings.remindEvery == 7200)
        #expect(settings.reminders == 7)
        #expect(settings.hooks[.loginRequired] == ["/usr/bin/mail", "-s", "log in", "me"])
        #expect(settings.hooks[.failure] == nil)
    }

    @Test func `says nothing where it is missing`() throws {
        #expect(try contents("[profile a]\nclient_id = x\n").broker == BrokerSettings())
    }

    @Test(arguments: [
        ("renew_ahead = maybe", "`renew_ahead` is `on` or `off`"),
        ("renewals_at_once = 0", "`renewals_at_once` is a number of renewals, 1 to 64"),
        ("warn_before = soon", "`warn_before` is a time such as"),
        ("on_renewed = mail me", "begins with the absolute path"),
        ("on_monday = /bin/true", "unknown key `on_monday` in [broker]"),
        ("reminders = 3\nreminders = 4", "`reminders` occurs twice"),
    ])
    func `is refused with its line`(line: String, words: String) {
        let error = #expect(throws: BrokerError.self) { try contents("[broker]\n\(line)\n") }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
}
