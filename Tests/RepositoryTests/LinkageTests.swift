import TestSupport
import Testing

/// What the built programs ask the dynamic linker for.
@Suite(.enabled(if: ChildProcess.path(of: "readelf") != nil, "readelf (binutils) is not installed"))
struct `The linkage` {
    @Test(arguments: ["sesame", "sesamed", "sesame-playground"])
    func `has neither Foundation nor its Unicode tables`(program: String) throws {
        try expectNoFoundation(BuiltPrograms.path(of: program))
    }

    @Test func `of the client has no library that only the broker needs`() throws {
        let needed = try neededLibraries(BuiltPrograms.path(of: "sesame"))
        for library in ["libcurl", "libcrypto", "libssl", "libsqlite3"] {
            #expect(!needed.contains { $0.hasPrefix(library) }, "sesame needs \(library)")
        }
    }

    /// Loading libcurl takes longer than answering from a held token: the broker opens it when it
    /// first has to talk to a server.
    @Test func `of the broker leaves libcurl to be opened late`() throws {
        let needed = try neededLibraries(BuiltPrograms.path(of: "sesamed"))
        #expect(needed.contains { $0.hasPrefix("libcrypto") })
        #expect(!needed.contains { $0.hasPrefix("libcurl") })
    }

    @Test(.enabled(if: isBuilt("sesame"), "no release build: run make build first"))
    func `of the released client is empty: it is fully static`() throws {
        let client = "\(Repository().root)/.build/bin/sesame"
        let sections = try ChildProcess.run("readelf", ["-d", client])
        #expect(sections.status == 0)
        #expect(sections.output.contains("There is no dynamic section"))
    }

    @Test(.enabled(if: isBuilt("sesamed"), "no release build: run make build first"))
    func `of the released broker has no Swift runtime to be found at start`() throws {
        let broker = "\(Repository().root)/.build/bin/sesamed"
        try expectNoFoundation(broker)
        #expect(try !neededLibraries(broker).contains { $0.hasPrefix("libswift") })
    }

    private func expectNoFoundation(_ program: String) throws {
        let needed = try neededLibraries(program)
        #expect(needed.contains { $0.hasPrefix("libc.so") }, "readelf found no libraries at all")
        for library in needed {
            #expect(!library.contains("Foundation") && !library.lowercased().contains("icu"))
        }
    }

    private func neededLibraries(_ program: String) throws -> [Substring] {
        let sections = try ChildProcess.run("readelf", ["-d", program])
        try #require(sections.status == 0, "\(sections.errors)")
        return sections.output.split(separator: "\n").filter { $0.contains("(NEEDED)") }
            .compactMap { $0.split(separator: "[").last?.split(separator: "]").first }
    }
}

private func isBuilt(_ program: String) -> Bool {
    ChildProcess.path(of: "\(Repository().root)/.build/bin/\(program)") != nil
}
