import Glibc
import TestSupport
import Testing

@Suite struct `The page about ways in` {
    /// Its commands, as they stand there, with the practice server's addresses.
    @Test func `shows commands that lead from an address to an answer`() async throws {
        let playground = try Playground("--quiet")
        let browserFolder = TemporaryFolder()
        let browser = browserFolder.file("practice-browser")
        try #require(unsafe symlink(BuiltPrograms.path(of: "sesame-playground"), browser) == 0)
        let sesame = Sesame(browser: browser, server: playground)
        let lines = try waysOut("../ways-in.md")
            .replacing("https://mcp.example/notes", with: "\(playground.origin)/mcp/api")
            .replacing("https://login.example", with: "\(playground.origin)/mcp")
            .split(separator: "\n").filter { $0.hasPrefix("sesame ") }
        try #require(lines.count == 5)
        // Nobody is there to be asked.
        #expect(try await sesame.shell("\"$SESAME\"\(lines[0].dropFirst(6))").status == 6)
        for line in [lines[3], lines[1], lines[2], lines[4]] {
            let ended = try await sesame.shell("\"$SESAME\"\(line.dropFirst(6))")
            #expect(ended.status == 0, "\(line): \(ended.errors)")
        }
        for options in ["--register", "--scope \"read write\"", "--unregister"] {
            let ended = try await sesame.shell("\"$SESAME\" setup notes \(options)")
            #expect(ended.status == 0, "\(options): \(ended.errors)")
        }
    }
}
