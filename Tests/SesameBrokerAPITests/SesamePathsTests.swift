import SesameBrokerAPI
import Testing

@Suite struct `The paths` {
    @Test func `follow the base directories`() throws {
        let paths = try SesamePaths(environment: [
            "HOME": "/home/a", "XDG_CONFIG_HOME": "/c/", "XDG_STATE_HOME": "/s",
            "XDG_RUNTIME_DIR": "/r",
        ])
        #expect(paths.configuration == "/c/sesame/config")
        #expect(paths.key == "/c/sesame/store.key")
        #expect(paths.store == "/s/sesame/store.db")
        #expect(paths.socket == "/r/sesame/broker.sock")
    }

    @Test func `fall back below the home folder`() throws {
        let paths = try SesamePaths(environment: ["HOME": "/home/a", "XDG_CONFIG_HOME": "relative"])
        #expect(paths.configuration == "/home/a/.config/sesame/config")
        #expect(paths.store == "/home/a/.local/state/sesame/store.db")
        #expect(paths.socket == "/home/a/.local/state/sesame/broker.sock")
    }

    @Test func `are all in one folder when that is named`() throws {
        let paths = try SesamePaths(environment: ["SESAME_HOME": "/x", "SESAME_SOCKET": "/y.sock"])
        #expect(paths.configuration == "/x/config")
        #expect(paths.store == "/x/store.db")
        #expect(paths.key == "/x/store.key")
        #expect(paths.socket == "/y.sock")
    }

    @Test(arguments: [[:], ["HOME": ""], ["HOME": "a"], ["SESAME_HOME": "a", "HOME": "/h"]])
    func `need a folder`(environment: [String: String]) {
        #expect(throws: Problem.self) { try SesamePaths(environment: environment) }
    }
}
