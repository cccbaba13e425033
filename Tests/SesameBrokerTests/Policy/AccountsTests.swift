import Testing

@testable import SesameBroker

@Suite struct `An account` {
    @Test func `is found by name and by number`() {
        #expect(Accounts.user("root") == 0)
        #expect(Accounts.user("1234") == 1234)
        #expect(Accounts.group("root") == 0)
        #expect(Accounts.group("77") == 77)
    }

    @Test(arguments: ["nobody-of-that-name", "", "-1", "4294967295", "4294967296", "+5", "1 2"])
    func `is none for what names nobody`(text: String) {
        #expect(Accounts.user(text) == nil)
        #expect(Accounts.group(text) == nil)
    }
}
