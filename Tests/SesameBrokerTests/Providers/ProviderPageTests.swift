import Glibc
import SesameBroker
import SesameSecrets
import SesameSystem
import Testing

/// docs/providers.md says what the table says.
@Suite struct `The page of the presets` {
    private static let marker =
        "<!-- From here on a test writes: remove what follows this line, and run the tests of SesameBroker twice. -->\n"

    private static let path =
        "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        + "/docs/providers.md"

    /// Where nothing follows the marker, it is written for the next run, and this one fails.
    @Test func `has a section for each, made from the table`() throws {
        let page = try PrivateFile.readShared(Self.path, limit: 1 << 20).dangerouslyRevealedText()
        let parts = page.split(separator: Self.marker, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "the line with the marker is not there once")
        let sections = Provider.all.filter { !$0.sources.isEmpty }
        let expected = "\n" + sections.map(section).joined(separator: "\n")
        if parts[1].isEmpty { append(expected) }
        let shown = parts[1].split(separator: "\n", omittingEmptySubsequences: false)
        let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, want) in zip(shown, wanted) { try #require(line == want) }
        #expect(shown.count == wanted.count)
    }

    @Test func `shows only presets that there are`() throws {
        let page = try PrivateFile.readShared(Self.path, limit: 1 << 20).dangerouslyRevealedText()
        let names = Provider.all.flatMap(\.names)
        for line in page.split(separator: "\n") where line.hasPrefix("provider ") {
            let name = line.split(separator: " ").last ?? ""
            #expect(names.contains(String(name)), "\(line)")
        }
    }

    private func section(_ provider: Provider) -> String {
        var rows = [("`provider`", provider.names.map(code).joined(separator: " or "))]
        for key in provider.neededKeys {
            let form = provider.neededForms.first { $0.key == key }?.form
            let meaning = form.map {
                "\(code($0.text)); \($0.explanations.joined(separator: "; "))"
            }
            rows.append(("you write \(code(key))", meaning ?? "your own"))
        }
        let isSecret = provider.needsClientSecret
        rows.append(("client secret", isSecret ? "needed" : "only if the client has one"))
        rows.append(("register", provider.registrationPage.map { "<\($0)>" } ?? "at the server"))
        rows.append(("redirect URI", code(provider.registeredRedirectURI)))
        if !provider.loginScope.isEmpty {
            rows.append(
                ("added to the scope", provider.loginScope.map(code).joined(separator: " ")))
        }
        let isTold = Set(provider.neededForms.map(\.key) + ["redirect_uri"])
        for (key, values) in provider.settings where !isTold.contains(key) {
            rows.append((code(key), values.map(code).joined(separator: ", ")))
        }
        if !provider.knowsAPI { rows.append(("`base_url`", "where your API is")) }
        rows.append(("PKCE", words(provider.proof.rawValue)))
        rows.append(("access token", words(provider.lifetimes.access)))
        rows.append(("login", words(provider.lifetimes.login)))
        rows.append(("login without use", words(provider.lifetimes.idle)))
        rows.append(("a renewal spends the refresh token", words(provider.rotation.rawValue)))
        let table = rows.map { "| \($0) | \($1) |\n" }.joined()
        let notes = provider.notes.map { "- \($0)\n" }.joined()
        let sources = provider.sources.map { "- <\($0.url)>: \($0.facts)\n" }.joined()
        return """
            ## \(provider.title)

            | | |
            |---|---|
            \(table)
            \(notes)
            Sources, \(Provider.lookedUp):

            \(sources)
            """
    }

    private func code(_ text: String) -> String { "`\(text)`" }

    private func words(_ value: String) -> String { value.replacing("_", with: " ") }

    private func words(_ span: Lifetimes.Span) -> String {
        switch span {
        case .seconds(let seconds) where seconds % 86_400 == 0: "\(seconds / 86_400) days"
        case .seconds(let seconds) where seconds % 3600 == 0: "\(seconds / 3600) h"
        case .seconds(let seconds): "\(seconds / 60) min"
        case .untilRevoked: "until it is revoked"
        case .configurable: "as set at the server"
        case .notKnown: "not known"
        }
    }

    private func append(_ text: String) {
        guard let file = unsafe fopen(Self.path, "ae") else { return }
        unsafe fputs(text, file)
        unsafe fclose(file)
    }
}
