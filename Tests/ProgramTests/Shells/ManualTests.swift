import TestSupport
import Testing

/// The manual pages, judged by the formatters that show them.
@Suite struct `The manual pages` {
    private static let written = ["docs/man/sesame-config.5", "docs/man/sesamed.8"].map {
        #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" } + "/" + $0
    }

    @Test(.enabled(if: ForeignProgram.isExpected("mandoc"), "mandoc is not installed"))
    func `give mandoc nothing to complain of`() async throws {
        let sesame = Sesame()
        try await sesame.shell("\"$SESAME\" help --mdoc >sesame.1")
        for page in ["sesame.1"] + Self.written {
            let checked = try await sesame.shell("mandoc -T lint -W warning '\(page)' 2>&1")
            #expect(checked.status == 0 && checked.output.isEmpty, "\(checked.output)")
        }
    }

    @Test(.enabled(if: ForeignProgram.isExpected("mandoc"), "mandoc is not installed"))
    func `show what can be typed as it is typed`() async throws {
        let sesame = Sesame()
        let shown = try await sesame.shell("\"$SESAME\" help --mdoc | mandoc -T ascii | col -b")
        for text in [
            "--client-secret-file F", "-X, --method M", "sesame key init --key-command 'pass show",
            "$BROWSER", "How logins are had: authorization_code", "EXIT STATUS",
        ] { #expect(shown.output.contains(text), "\(text)") }
    }

    @Test(.enabled(if: ForeignProgram.isExpected("man"), "man is not installed"))
    func `are shown by man`() async throws {
        let sesame = Sesame()
        try await sesame.shell("\"$SESAME\" help --mdoc >sesame.1")
        for page in ["./sesame.1"] + Self.written {
            let shown = try await sesame.shell("MANWIDTH=80 man --warnings -l '\(page)'")
            #expect(shown.status == 0 && shown.errors.isEmpty, "\(shown.errors)")
            #expect(shown.output.contains("DESCRIPTION"))
        }
    }
}
