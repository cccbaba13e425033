import SesameCommands
import Testing

@Suite struct `The names that other tools call` {
    @Test(arguments: [
        ("git-credential-sesame", ["credential", "git"]),
        ("/usr/bin/git-credential-sesame", ["credential", "git"]),
        ("docker-credential-sesame", ["credential", "docker"]),
        ("../bin/docker-credential-sesame", ["credential", "docker"]),
        ("sesame", []), ("/usr/bin/sesame", []), ("", []), ("git-credential-", []),
        ("git-credential-sesame/", ["credential", "git"]), ("my-git-credential-sesame", []),
    ])
    func `stand for a command`(name: String, command: [String]) {
        #expect(HelperNames.expand(name, ["get"]) == command + ["get"])
    }
}
