import SesameCommands
import Testing

@Suite struct `sesame audit` {
    private let token =
        #"{"seq":7,"time":"2027-01-15T07:59:00Z","action":"token","outcome":"granted","#
        + #""profile":"aivie","caller":{"uid":1000,"gid":1000,"pid":77,"unit":"report.service"},"#
        + #""fingerprint":"00112233445566778899aabbccddeeff","hash":"ab"}"#
    private let repeats =
        #"{"seq":8,"time":"2027-01-15T08:00:00Z","action":"request","outcome":"granted","#
        + #""profile":"w\u001b","caller":{"uid":0,"gid":0,"executable":"/usr/bin/c\u001b"},"#
        + #""method":"GET","destination":"https://a.example:443/\u001b","count":3,"hash":"cd"}"#
    private let note =
        #"{"seq":9,"time":"2027-01-15T08:00:00Z","action":"trail","outcome":"mended","#
        + #""detail":"5 bytes\u001b lie aside","hash":"ef"}"#

    @Test func `is a table without anything that could fool a terminal`() {
        let stage = Stage([(200, #"{"records":[\#(token),\#(repeats),\#(note)]}"#)])
        #expect(stage.run("audit") == 0)
        #expect(
            stage.output == """
                TIME                  ACTION   OUTCOME  PROFILE  CALLER                              FOR
                2027-01-15T07:59:00Z  token    granted  aivie    uid 1000 report.service process 77  token 001122334455
                2027-01-15T08:00:00Z  request  granted  w\\u{1b}  uid 0 c\\u{1b}                       GET https://a.example:443/\\u{1b}, 3 more times
                2027-01-15T08:00:00Z  trail    mended   -        -                                   5 bytes\\u{1b} lie aside

                """)
        #expect(stage.broker.requests == ["GET /v1/audit?limit=50"])
    }

    @Test func `asks for one profile, a number and a time`() {
        let stage = Stage([(200, #"{"records":[]}"#), (200, #"{"records":[]}"#)])
        #expect(stage.run("audit", "aivie", "--limit", "5", "--since", "12h") == 0)
        #expect(stage.run("audit", "--since", "2027-01-01T00:00:00Z") == 0)
        #expect(stage.errors.contains("there is no such record"))
        #expect(
            stage.broker.requests == [
                "GET /v1/audit?limit=5&profile=aivie&since=2027-01-14T20%3A00%3A00Z",
                "GET /v1/audit?limit=50&since=2027-01-01T00%3A00%3A00Z",
            ])
    }

    @Test(arguments: [
        ["--since", "yesterday"], ["--since", "-5h"], ["--limit", "0"], ["--limit", "1001"],
        ["a", "b"], ["aivie", "--verify"], ["--verify", "--since", "1h"],
    ])
    func `refuses what makes no sense`(words: [String]) {
        let stage = Stage()
        #expect(stage.run(["audit"] + words) == 2)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `takes a token from standard input, and never from the command line`() {
        let stage = Stage(
            [(200, #"{"fingerprint":"0011"}"#), (200, #"{"records":[\#(token)]}"#)],
            input: ["found"])
        #expect(stage.run("audit", "--fingerprint") == 0)
        #expect(
            stage.broker.requests == [
                #"POST /v1/audit/fingerprint {"token":"found"}"#,
                "GET /v1/audit?limit=50&fingerprint=0011",
            ])
        #expect(!stage.output.contains("found") && !stage.errors.contains("found"))
        #expect(Stage().run("audit", "--fingerprint=found") == 2)
    }

    @Test func `prints an object for each record`() {
        let stage = Stage([(200, #"{"records":[\#(token),\#(note)]}"#)])
        #expect(stage.run("audit", "--json") == 0)
        #expect(stage.output.split(separator: "\n").count == 2)
        #expect(stage.output.hasPrefix(#"{"seq":7,"time":"2027-01-15T07:59:00Z","#))
    }

    @Test func `verifies, and says that all is whole`() {
        let whole =
            #"{"whole":true,"records":9,"first":1,"last":9,"hash":"ef","files":["audit.log"],"#
            + #""flaws":[],"notes":["kept aside: x"],"anchor":"kernel keyring","remembered":9}"#
        let stage = Stage([(200, whole)])
        #expect(stage.run("audit", "--verify") == 0)
        #expect(stage.output == "9 records are whole, the last is 9 with hash ef\n")
        #expect(stage.errors.contains("kept aside: x"))
        #expect(stage.errors.contains("record 9 is remembered in: kernel keyring"))
        #expect(stage.broker.requests == ["POST /v1/audit/verification {}"])
    }

    @Test(arguments: [false, true])
    func `verifies, and exits with 8 where it is not whole`(isJSON: Bool) {
        let damaged =
            #"{"whole":false,"records":8,"files":["audit.log.1","audit.log"],"#
            + #""flaws":[{"file":"audit.log.1","line":3,"reason":"was changed\u001b"},"#
            + #"{"file":"audit.log","line":null,"reason":"ends too early"}],"notes":[]}"#
        let stage = Stage([(200, damaged)])
        #expect(stage.run(["audit", "--verify"] + (isJSON ? ["--json"] : [])) == 8)
        if isJSON {
            #expect(stage.output.hasPrefix(#"{"whole":false,"records":8,"#))
        } else {
            #expect(stage.output.hasPrefix(#"audit.log.1, line 3: was changed\u{1b}"#))
            #expect(stage.output.contains("audit.log: ends too early\n"))
        }
    }
}
