import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameLogin
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A callback page` {
    private static let pages = CallbackPages()
    private static let all = [pages.accepted, pages.refused, pages.ignored, pages.late, pages.missing]

    @Test(arguments: all) func `has the one style that its policy allows`(page: ServerResponse) throws {
        let text = page.body.dangerouslyRevealedText()
        let parts = text.split(separator: "<style>", maxSplits: 1)
        let style = try #require(parts.last?.split(separator: "</style>", maxSplits: 1).first)
        var digest = SecretBuffer()
        let bytes = Array(String(style).utf8)
        SHA256.digest(bytes.span).withBytes { Base64.encode($0, into: &digest) }
        let expected = digest.withBytes { String(copying: $0) }
        #expect(page.fields["Content-Security-Policy"]?.contains("style-src 'sha256-\(expected)'") == true)
    }

    @Test(arguments: all) func `serves light and dark, and loads nothing`(page: ServerResponse) {
        let text = page.body.dangerouslyRevealedText()
        #expect(text.contains("prefers-color-scheme:dark"))
        #expect(text.contains("You can close this tab."))
        for word in ["<script", "<img", "<link", "url(", "http", "style="] { #expect(!text.contains(word)) }
    }
}
