import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `A service credential` {
    private let folder = TemporaryFolder()
    private let key = SystemRandom().bytes(32)

    @Test(arguments: [mode_t(0o400), 0o600])
    func `gives the key`(mode: mode_t) throws {
        try write(line(key), to: folder.file("sesame-key"), mode: mode)
        #expect(try read().equals(key))
        #expect(try source.newSecret().secret.equals(key))
    }

    @Test func `that is not there is missing, with the line for the unit`() throws {
        let nowhere = failure { _ = try KeyCredential.read("sesame-key", environment: [:]) }
        #expect(nowhere?.code == .keyMissing)
        #expect(nowhere?.message.contains("LoadCredentialEncrypted=sesame-key") == true)
        #expect(failure { _ = try read() }?.code == .keyMissing)
        let relative = ["CREDENTIALS_DIRECTORY": "credentials"]
        #expect(
            failure { _ = try KeyCredential.read("sesame-key", environment: relative) }?.code
                == .keyMissing)
    }

    @Test(arguments: [mode_t(0o404), 0o420, 0o444, 0o402])
    func `K-6: is refused when others may touch it`(mode: mode_t) throws {
        try write(line(key), to: folder.file("sesame-key"), mode: mode)
        #expect(failure { _ = try read() }?.code == .keyUnreadable)
    }

    @Test func `K-6: is refused in a folder that others can write to`() throws {
        try write(line(key), to: folder.file("sesame-key"))
        unsafe chmod(folder.path, 0o777)
        #expect(failure { _ = try read() }?.code == .keyUnreadable)
    }

    @Test(arguments: ["symbolic link", "hard link", "FIFO", "folder"])
    func `K-5: is refused when it is no plain file`(kind: String) throws {
        try write(line(key), to: folder.file("sesame-key"))
        try spoil(folder.file("sesame-key"), kind)
        #expect(failure { _ = try read() }?.code == .keyUnreadable)
    }

    @Test(arguments: ["", ".", "..", "../key", "a/b", "/etc/passwd", "a b", "a\u{1B}b"])
    func `has a name that is no path`(name: String) {
        let environment = ["CREDENTIALS_DIRECTORY": folder.path]
        #expect(!KeyCredential.isName(name))
        #expect(
            failure { _ = try KeyCredential.read(name, environment: environment) }?.code
                == .keyUnreadable)
    }

    @Test func `with anything but one key is refused, and says how to make one`() throws {
        try write("hunter2\n", to: folder.file("sesame-key"))
        let error = failure { _ = try read() }
        #expect(error?.code == .keyUnreadable)
        #expect(error?.message.contains("sesame key generate") == true)
        #expect(error?.message.contains("hunter2") == false)
    }

    private var source: ConfiguredKey {
        ConfiguredKey(.credential(name: "sesame-key"), ["CREDENTIALS_DIRECTORY": folder.path])
    }

    private func read() throws -> Secret {
        try source.secret(for: PinnedSource(.credential), storeID: [], fits: key.equals)
    }
}

@Suite struct `A key command` {
    private let folder = TemporaryFolder()
    private let key = SystemRandom().bytes(32)

    @Test func `gives the key that it prints, with its line feed or without`() async throws {
        try write(line(key), to: folder.file("key"))
        #expect(try await run(["/bin/cat", folder.file("key")]).equals(key))
        let bare = String(line(key).dropLast())
        #expect(try await run(["/usr/bin/printf", "%s", bare]).equals(key))
        #expect(await code(of: ["/usr/bin/printf", "%s\\n\\n", bare]) == .keyUnreadable)
        #expect(await code(of: ["/usr/bin/printf", "%s\\r\\n", bare]) == .keyUnreadable)
    }

    @Test func `must succeed, whatever it prints`() async throws {
        let script = try script("cat '\(folder.file("key"))'; echo planted-secret >&2; exit 2")
        try write(line(key), to: folder.file("key"))
        let error = await error(of: [script])
        #expect(error?.code == .keyMissing)
        #expect(error?.message.contains("status 2") == true)
        #expect(error?.message.contains("planted-secret") == false)
        #expect(error?.message.contains("sesame-key-1") == false)
    }

    @Test func `that never ends is stopped`() async {
        let error = await error(of: ["/bin/sleep", "600"], within: .milliseconds(200))
        #expect(error?.code == .keyUnreadable)
        #expect(error?.message.contains("in time") == true)
    }

    @Test func `that prints anything but one key is refused`() async {
        #expect(await code(of: ["/usr/bin/yes"]) == .keyUnreadable)
        #expect(await code(of: ["/bin/echo", "hunter2"]) == .keyUnreadable)
        #expect(await code(of: ["/bin/true"]) == .keyUnreadable)
    }

    @Test func `names its program by an absolute path`() async {
        #expect(await code(of: ["pass", "show"]) == .keyUnreadable)
        #expect(await code(of: []) == .keyUnreadable)
        #expect(await code(of: ["/nowhere/pass"]) == .keyMissing)
    }

    @Test func `is refused when others may have changed the program`() async throws {
        let script = try script("echo")
        unsafe chmod(script, 0o722)
        let error = await error(of: [script])
        #expect(error?.code == .keyUnreadable)
        #expect(error?.message.contains("written by others") == true)
    }

    @Test func `finds few variables, and a search path of ours`() {
        let passed = KeyCommand.passed(from: [
            "HOME": "h", "GNUPGHOME": "g", "PATH": "/tmp/evil", "LD_PRELOAD": "l",
            "SESAME_HOME": "s", "AWS_SECRET_ACCESS_KEY": "k", "CREDENTIALS_DIRECTORY": "c",
        ])
        #expect(
            passed == ["HOME": "h", "GNUPGHOME": "g", "PATH": "/usr/local/bin:/usr/bin:/bin"])
    }

    @Test func `shows its program and never its arguments`() {
        #expect(KeySource.command(["/usr/bin/pass", "show", "planted"]).detail == "/usr/bin/pass")
    }

    private func script(_ body: String) throws -> String {
        try write("#!/bin/sh\n\(body)\n", to: folder.file("script"), mode: 0o700)
        return folder.file("script")
    }

    private func run(_ words: [String], within time: Duration = .seconds(30)) async throws -> Secret
    {
        try await offPool { try KeyCommand.run(words, environment: [:], timeLimit: time) }
    }

    private func error(
        of words: [String], within time: Duration = .seconds(30)
    ) async -> StoreError? {
        do {
            _ = try await run(words, within: time)
            return nil
        } catch {
            return error as? StoreError
        }
    }

    private func code(of words: [String]) async -> StoreError.Code? {
        await error(of: words)?.code
    }
}
