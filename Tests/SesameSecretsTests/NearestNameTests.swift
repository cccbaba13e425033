import SesameSecrets
import Testing

@Suite struct `The nearest name` {
    @Test(arguments: [
        ("token", "token", 0), ("tokne", "token", 1), ("tken", "token", 1), ("tokenn", "token", 1),
        ("", "abc", 3), ("kitten", "sitting", 3), ("ca", "abc", 3),
    ])
    func `is found by counting mistakes`(first: String, second: String, distance: Int) {
        #expect(editDistance(first, second) == distance)
        #expect(editDistance(second, first) == distance)
    }

    @Test(arguments: [
        ("Tokne", "token"), ("logout", "logout"), ("firstName", "firstname"), ("bat", "bad"),
        ("client_idd", "client_id"),
    ])
    func `does not mind the case and takes the first of equals`(typed: String, name: String) {
        let names = ["token", "logout", "firstname", "bay", "bad", "client_id"]
        #expect(nearestName(to: typed, among: names) == name)
    }

    @Test func `is none where everything is far`() {
        #expect(nearestName(to: "a", among: ["token", "login"]) == nil)
        #expect(nearestName(to: "a", among: [String]()) == nil)
        #expect(nearestName(to: String(repeating: "x", count: 100_000), among: ["token"]) == nil)
    }
}
