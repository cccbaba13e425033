import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameAudit

/// The program that docs/audit.md shows: what it says must be what the sources do.
@Suite(.enabled(if: ForeignProgram.isExpected("python3"), "python3 is not installed"))
struct `The Python of the documentation` {
    private let ledger = Ledger()

    @Test func `finds a trail of several files whole, and knows its head`() async throws {
        ledger.settings.withLock { $0.size = 2000 }
        try await ledger.fill(20)
        let found = try await ledger.verify()
        let head = try #require(found.head)
        #expect(found.files.count > 1)
        let ended = try await check(found.files)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "\(head.sequence) \(head.hash)\n")
    }

    @Test func `finds the line that was changed`() async throws {
        try await ledger.fill(5)
        var bytes = try ledger.contents
        bytes[bytes.count / 2] ^= 1
        try ledger.replace(bytes)
        let ended = try await check(["audit.log"])
        #expect(ended.status == 1)
        #expect(ended.errors.contains("audit.log, line 4: damaged"), "\(ended.errors)")
    }

    @Test func `finds a line that is gone`() async throws {
        try await ledger.fill(5)
        var lines = try ledger.lines
        lines.remove(at: 2)
        try ledger.replace(Array(lines.joined()))
        let ended = try await check(["audit.log"])
        #expect(ended.errors.contains("audit.log, line 3: damaged"), "\(ended.errors)")
    }

    private func check(_ files: [String]) async throws -> ChildProcess.Finished {
        let root = "/" + "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try PrivateFile.readShared("\(root)/docs/audit.md", limit: 1 << 20)
            .dangerouslyRevealedText()
        let start = try #require(text.firstRange(of: "```python\n")).upperBound
        let program = text[start...].prefix { $0 != "`" }
        return try await ChildProcess.runAside(
            "python3", ["-c", String(program)] + files.map { ledger.folder.file($0) })
    }
}

@Suite struct `The head of a trail, as it is remembered` {
    private let head = AuditHead(sequence: 42, hash: String(repeating: "0a", count: 32))

    @Test func `is one line, which is read back`() {
        #expect(head.line.dangerouslyRevealedText() == "1 42 " + String(repeating: "0a", count: 32))
        #expect(AuditHead(head.line) == head)
    }

    @Test(arguments: [
        "", "1", "1 42", "2 42 \(String(repeating: "0a", count: 32))", "1 42 0a",
        "1 042 \(String(repeating: "0a", count: 32))", "1 0 \(String(repeating: "0a", count: 32))",
        "1 -1 \(String(repeating: "0a", count: 32))", "1 42 \(String(repeating: "0A", count: 32))",
        "1 42 \(String(repeating: "0a", count: 32))\n",
        "1 42 \(String(repeating: "0a", count: 32)) 7",
    ])
    func `is nothing in any other spelling`(line: String) {
        #expect(AuditHead(Secret(utf8: line)) == nil)
    }

    @Test func `lies where the age of the store does, under a name of its own`() {
        let folder = TemporaryFolder()
        let state = TemporaryFolder()
        let path = folder.file("audit.log")
        let service = ["STATE_DIRECTORY": state.path]
        let automatic = AnchorChoice.automatic.auditMemory(for: path, environment: service)
        #expect(automatic?.place.hasPrefix(state.file("sesame-audit-")) == true)
        let plain = AnchorChoice.automatic.auditMemory(for: path, environment: [:])
        #expect(plain?.place == "kernel keyring")
        let file = AnchorChoice.file(path: "/a/b").auditMemory(for: path, environment: [:])
        #expect(file?.place == "/a/b.audit")
        #expect(AnchorChoice.off.auditMemory(for: path, environment: [:]) == nil)
    }

    @Test func `is never put back by a process that is behind`() async throws {
        let ledger = Ledger()
        let (slow, fast) = (try ledger.trail(), try ledger.trail())
        try await slow.record(.request("slow", 1))
        for number in 0..<3 { try await fast.record(.request("fast", number)) }
        await fast.close()
        let ahead = ledger.memory.head
        await slow.close()
        #expect(ledger.memory.head == ahead && ahead?.sequence == 5)
    }
}
