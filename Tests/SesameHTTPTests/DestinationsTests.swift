import SesameHTTP
import Testing

@Suite struct `Allowed destinations` {
    private let destinations = Destinations(
        ["https://api.example/v1", "http://127.0.0.1:9000/"].compactMap { HTTPURL($0) })

    @Test(arguments: [
        ("https://api.example/v1", "https://api.example/v1"),
        ("https://api.example/v1/contacts?x=1", "https://api.example/v1/contacts?x=1"),
        ("https://API.example:443/v1/a/../b", "https://api.example/v1/b"),
        ("https://api.example/v1/./x", "https://api.example/v1/x"),
        ("http://127.0.0.1:9000/anything", "http://127.0.0.1:9000/anything"),
    ])
    func `admit what lies at or below an allowed URL`(text: String, admitted: String) throws {
        #expect(try destinations.admit(text).description == admitted)
    }

    /// RFC 6750, sections 5.2 and 5.3: a token never reaches an unintended party.
    @Test(arguments: [
        ("https://api.example/v10", Destinations.Refusal.notAllowed),
        ("https://api.example/", .notAllowed),
        ("https://api.example/v1/../v2", .notAllowed),
        ("https://api.example/v1/../../x", .notAllowed),
        ("http://api.example/v1", .insecure),
        ("https://api.example:444/v1", .notAllowed),
        ("https://api.example.evil.test/v1", .notAllowed),
        ("https://evil.test/https://api.example/v1", .notAllowed),
        ("https://api.example@evil.test/v1", .malformed),
        ("https://evil.test\\@api.example/v1", .malformed),
        ("https://api.example/v1/%2e%2e/admin", .ambiguousPath),
        ("https://api.example/v1%2f..%2fadmin", .ambiguousPath),
        ("https://api.example/v1/%5c", .ambiguousPath),
        ("https://api.example/v1/..;/admin", .ambiguousPath),
        ("https://api.example/v1/.;x=1/", .ambiguousPath),
        ("https://api.example/v1/%00", .ambiguousPath),
        ("https://api.example/v1/%252e%252e/", .ambiguousPath),
        ("https://api.example/v1#x", .malformed),
        ("https://api.example/v1/\t", .malformed),
        ("//api.example/v1", .malformed),
        ("http://127.0.0.1:9001/", .notAllowed),
        ("http://localhost:9000/", .notAllowed),
    ])
    func `refuse everything else, and say why`(text: String, refusal: Destinations.Refusal) {
        #expect(throws: refusal) { try destinations.admit(text) }
    }
}
