import SesameJSON
import TestSupport
import Testing

/// A person's real browser on the way from the consent page to the page that says it is done.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("chromium") && ForeignProgram.isExpected("chromedriver"),
        "Chromium is not installed (apt-get install chromium chromium-driver)"))
struct `Chromium` {
    @Test func `walks from the consent page to the page that can be closed`() async throws {
        let playground = try Playground()
        let sesame = Sesame(server: playground)
        try await sesame.run(
            "setup", "work", "--issuer", "\(playground.origin)/rfc",
            "--client-id", "practice-public", "--client-auth", "none", "--scope", "read")

        let login = try sesame.start("login", "work", "--no-browser", "--json")
        let event = try JSON(printed: try #require(try login.nextLine()))
        let address = try #require(event["url"]?.string)

        let pictures = TemporaryFolder()
        let walked = try await ChildProcess.runAside(
            scriptPath("chromium-login.sh"), [pictures.path, address])
        try #require(walked.status == 0, "\(walked.errors)")
        #expect(try login.wait().status == 0)

        let pages = try await ChildProcess.runAside("cat", [pictures.file("pages")]).output
            .split(separator: "\n").map { $0.split(separator: " ", maxSplits: 3) }
        try #require(pages.count == 4 && pages.allSatisfy { $0.count == 4 }, "\(pages)")
        #expect(pages.map { $0[1] } == ["light", "dark", "light", "dark"])
        #expect(pages[0][2] != pages[1][2], "the consent page follows the colour scheme")
        #expect(pages[2][2] != pages[3][2], "the last page follows the colour scheme")
        #expect(pages[0][3] == "Allow access?")
        #expect(pages[2][3] == "Signed in · Sesame")
    }
}
