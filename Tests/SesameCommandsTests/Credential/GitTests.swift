import SesameCommands
import Testing

@Suite struct `sesame credential git` {
    static let token =
        #"{"profile":"work","type":"bearer","username":"oauth2","secret":"t0ken","#
        + #""expires_at":"2027-01-15T08:00:00Z","scope":null}"#
    static let password =
        #"{"profile":"old","type":"basic","username":"ada","secret":"pass word","expires_at":null}"#
    private static let nothing = #"{"code":"unknown_profile","detail":"no profile has it"}"#

    private func stage(_ request: String, answer: String = Self.token) -> Stage {
        Stage([(200, answer)], bytes: Array(request.utf8))
    }

    @Test func `answers with user name, token and its end`() {
        let stage = stage("protocol=https\nhost=git.example\n\n")
        #expect(stage.run("credential", "git", "get") == 0)
        #expect(
            stage.output == "username=oauth2\npassword=t0ken\npassword_expiry_utc=1800000000\n")
        #expect(stage.errors == "")
        #expect(
            stage.broker.requests == [
                "GET /v1/credential?url=https%3A%2F%2Fgit.example%2F&min_valid=60"
            ])
    }

    /// git 2.46 and later.
    @Test(arguments: ["", "wwwauth[]=Bearer realm=\"git\"\n", "wwwauth[]=Basic, bearer a=b\n"])
    func `gives a whole field to a git that takes it`(challenge: String) {
        let stage = stage(
            "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=git.example\n"
                + challenge)
        #expect(stage.run("credential", "git", "get") == 0)
        #expect(
            stage.output
                == "capability[]=authtype\nauthtype=Bearer\ncredential=t0ken\nephemeral=1\n"
                + "password_expiry_utc=1800000000\n")
    }

    /// GitHub and GitLab take a token as a password only.
    @Test(arguments: [
        "capability[]=authtype\nwwwauth[]=Basic realm=\"Git, Bearer \"\n",
        "capability[]=state\n",
        "capability[]=authtype\ncapability[]=\n", "wwwauth[]=Bearer\n",
    ])
    func `gives a password where the server asks for Basic or git takes no field`(lines: String) {
        let stage = stage("protocol=https\nhost=git.example\n" + lines)
        #expect(stage.run("credential", "git", "get") == 0)
        #expect(stage.output.hasPrefix("username=oauth2\npassword=t0ken\n"))
    }

    @Test func `asks for the very place, with the path as it must be in a URL`() {
        let stage = stage("protocol=https\nhost=Git.Example:8443\npath=team a/ü.git\n")
        #expect(stage.run("credential", "git", "--profile", "work", "get") == 0)
        #expect(
            stage.broker.requests == [
                "GET /v1/credential?url=https%3A%2F%2Fgit.example%3A8443%2Fteam%2520a%2F%25C3%25BC.git"
                    + "&profile=work&min_valid=60"
            ])
    }

    @Test func `keeps the user that git has been told of, beside a token`() {
        let stage = stage("protocol=https\nhost=git.example\nusername=grace\n")
        #expect(stage.run("credential", "git", "get") == 0)
        #expect(stage.output.hasPrefix("username=grace\npassword=t0ken\n"))
    }

    @Test(arguments: [("ada", "username=ada\npassword=pass word\n"), ("grace", "")])
    func `gives a password to its own user only`(user: String, answer: String) {
        let stage = stage(
            "capability[]=authtype\nprotocol=https\nhost=git.example\nusername=\(user)\n",
            answer: Self.password)
        #expect(stage.run("credential", "git", "get") == 0)
        #expect(stage.output == answer)
    }

    /// Others may know; git asks them next.
    @Test(arguments: [(404, "unknown_profile"), (403, "destination_refused")])
    func `is silent about what is no profile's`(status: Int, code: String) {
        let answer = (status, #"{"code":"\#(code)","detail":"not one of ours"}"#)
        for operation in ["get", "erase"] {
            let stage = Stage(
                [answer], bytes: Array("protocol=https\nhost=github.com\npassword=p\n".utf8))
            #expect(stage.run("credential", "git", operation) == 0)
            #expect(stage.output == "" && stage.errors == "")
            #expect(stage.broker.requests.count == 1)
        }
    }

    @Test(arguments: [
        "protocol=http\nhost=git.example\n", "protocol=ssh\nhost=git.example\n",
        "protocol=HTTPS\nhost=git.example\n", "protocol=https\nhost=git.example/@evil.example\n",
        "protocol=https\nhost=user@git.example\n", "protocol=https\nhost=git.example?x\n",
        "protocol=https\nhost=git.example:0x50\n", "protocol=https\nhost=gït.example\n",
        "protocol=https\nhost= git.example\n",
    ])
    func `asks nobody about what is no place for a credential`(request: String) {
        let stage = stage(request)
        #expect(stage.run("credential", "git", "get") == 0)
        #expect(stage.output == "" && stage.broker.requests.isEmpty)
    }

    @Test func `takes plain http for this machine`() {
        let stage = stage("protocol=http\nhost=127.0.0.1:8080\n")
        #expect(stage.run("credential", "git", "get") == 0)
        #expect(stage.output.contains("password=t0ken"))
    }

    @Test(arguments: [
        "", "\n", "protocol=https\n", "host=git.example\n", "protocol=\nhost=git.example\n",
        "protocol=https\nhost=\n", "protocol=https\nhost=evil\nhost=git.example\n",
        "protocol=https\nprotocol=https\nhost=git.example\n",
        "protocol=https\nhost=git.example\nunknown=1\nunknown=2\n",
        "protocol=https\nhost=git.example\nnonsense\n", "=https\nhost=git.example\n",
        // CVE-2024-50338 and CVE-2024-52006.
        "username=\rprotocol=https\rhost=git.example\r\n",
        "protocol=https\r\nhost=git.example\r\n", "url=https://git.example\n",
        "protocol=https\n\nhost=git.example\n",
    ])
    func `answers nothing to a request that can be read in two ways`(request: String) {
        for operation in ["get", "erase"] {
            let stage = stage(request)
            #expect(stage.run("credential", "git", operation) == 2)
            #expect(stage.output == "" && stage.broker.requests.isEmpty)
            #expect(stage.errors.hasPrefix("sesame: nothing is answered to git: "))
        }
    }

    @Test func `ignores what it does not know, and what comes behind the end`() {
        let stage = stage(
            "protocol=https\nhost=git.example\nfuture=yes\nstate[]=a\nstate[]=b\n\nhost=evil\n")
        #expect(stage.run("credential", "git", "get") == 0)
        #expect(stage.output.contains("password=t0ken"))
    }

    @Test func `stores nothing, and ignores operations of later versions`() {
        for operation in ["store", "future"] {
            let stage = stage("protocol=https\nhost=git.example\nusername=a\npassword=b\n")
            #expect(stage.run("credential", "git", operation) == 0)
            #expect(stage.output == "" && stage.broker.requests.isEmpty)
        }
    }

    @Test func `says what it is capable of`() {
        let stage = Stage()
        #expect(stage.run("credential", "git", "capability") == 0)
        #expect(stage.output == "version 0\ncapability authtype\n")
    }

    @Test(arguments: ["password=t0ken\n", "authtype=Bearer\ncredential=t0ken\n"])
    func `tells the broker which token was refused`(refused: String) {
        let stage = stage(
            "protocol=https\nhost=git.example\nusername=oauth2\n" + refused,
            answer: #"{"profile":"work","replaced":true}"#)
        #expect(stage.run("credential", "git", "erase") == 0)
        #expect(stage.output == "")
        #expect(
            stage.broker.requests == [
                #"POST /v1/credential/rejection {"url":"https://git.example/","profile":null,"secret":"t0ken"}"#
            ])
    }

    @Test func `forgets nothing where nothing was refused`() {
        let stage = stage("protocol=https\nhost=git.example\n")
        #expect(stage.run("credential", "git", "erase") == 0)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `says what is to be done when the login has ended`() {
        let stage = Stage(
            [(409, #"{"code":"login_required","detail":"it has ended","hints":["log in"]}"#)],
            bytes: Array("protocol=https\nhost=git.example\n".utf8))
        #expect(stage.run("credential", "git", "get") == 3)
        #expect(stage.output == "" && stage.errors.contains("hint: log in"))
    }

    /// It would send one profile's token wherever git goes.
    @Test func `takes no profile from the environment`() {
        var stage = stage("protocol=https\nhost=git.example\n")
        stage.environment["SESAME_PROFILE"] = "other"
        #expect(stage.run("credential", "git", "get") == 0)
        #expect(!stage.broker.requests[0].contains("profile=other"))
    }

    /// LF ends a line, so that it cuts the value; every other control character makes the request unreadable.
    @Test(arguments: [
        "protocol", "host", "path", "username", "password", "wwwauth[]", "capability[]", "unknown",
    ])
    func `has an answer for every byte in every field`(field: String) {
        for byte in UInt8.min...UInt8.max {
            let values = [
                "protocol": "https", "host": "git.example", "path": "a", "username": "u",
                "password": "p", "wwwauth[]": "Basic", "capability[]": "none", "unknown": "x",
            ]
            var request: [UInt8] = []
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                request += Array("\(name)=\(value)".utf8)
                if name == field { request += [byte] + Array("z".utf8) }
                request.append(0x0A)
            }
            let stage = Stage([(200, Self.token)], bytes: request)
            let code = stage.run("credential", "git", "get")
            let isControl = byte < 0x20 || byte == 0x7F
            let isEnd = isControl || byte == 0x0A
            // The rest of a cut line is no name=value.
            if isEnd {
                #expect(code == 2 && stage.output == "", "\(field): \(byte)")
                #expect(stage.broker.requests.isEmpty)
            } else if field == "protocol" || (field == "host" && !Self.isHostByte(byte)) {
                #expect(code == 0 && stage.output == "", "\(field): \(byte)")
                #expect(stage.broker.requests.isEmpty)
            } else if field != "host" {
                #expect(code == 0 && stage.output.contains("password=t0ken\n"), "\(field): \(byte)")
            } else {
                // Another host, and no part of a URL but that; with `:` what follows is no port.
                let host = "url=https%3A%2F%2Fgit.example" + Self.lowercased(byte) + "z%2Fa&"
                #expect(
                    stage.broker.requests.isEmpty
                        ? ["[", "]", ":"].contains(Character(Unicode.Scalar(byte)))
                        : stage.broker.requests[0].contains(host), "\(byte)")
            }
        }
    }

    @Test(arguments: [true, false]) func `emits no control character`(isToken: Bool) {
        for byte in UInt8.min...UInt8.max {
            for field in ["secret", "username"] {
                let kind = isToken ? "bearer" : "basic"
                let escaped = "a\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16) + "b"
                let other = field == "secret" ? "username" : "secret"
                let answer =
                    #"{"profile":"p","type":"\#(kind)","\#(field)":"\#(escaped)","\#(other)":"x","#
                    + #""expires_at":null,"scope":null}"#
                let stage = stage("protocol=https\nhost=git.example\n", answer: answer)
                let code = stage.run("credential", "git", "get")
                let isControl = byte < 0x20 || byte == 0x7F
                let isRefused =
                    isControl || (isToken && field == "secret" && (byte == 0x20 || byte > 0x7E))
                if isRefused {
                    #expect(code == 7 && stage.output == "", "\(field): \(byte)")
                } else {
                    let line = (field == "secret" ? "password" : "username") + "=a"
                    let character = String(Unicode.Scalar(byte))
                    #expect(stage.output.contains("\(line)\(character)b\n"), "\(field): \(byte)")
                }
            }
        }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return byte < 0x80
            && (character.isLetter || character.isNumber || "-.:[]_".contains(character))
    }

    private static func lowercased(_ byte: UInt8) -> String {
        String(Unicode.Scalar(byte)).lowercased()
    }
}
