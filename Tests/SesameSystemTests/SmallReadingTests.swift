import Glibc
import SesameSecrets
import SesameSystem
import Testing

@Suite struct `A line from a descriptor` {
    @Test(arguments: [
        ("one\ntwo\n", ["one", "two"]), ("one", ["one"]), ("\n\nx", ["", "", "x"]), ("", []),
    ])
    func `ends where it ends, and leaves the rest`(text: String, lines: [String]) throws {
        let pipe = try FileDescriptor.pipe()
        defer { close(pipe.reading) }
        try FileDescriptor.writeAll(Array(text.utf8).span, to: pipe.writing)
        close(pipe.writing)
        for line in lines {
            let read = try FileDescriptor.readLine(pipe.reading, limit: 10)
            #expect(read?.dangerouslyRevealedText() == line)
        }
        #expect(try FileDescriptor.readLine(pipe.reading, limit: 10) == nil)
    }

    @Test(arguments: [(10, true), (9, false)])
    func `has a largest length`(limit: Int, isRead: Bool) throws {
        let pipe = try FileDescriptor.pipe()
        defer { for end in [pipe.reading, pipe.writing] { close(end) } }
        try FileDescriptor.writeAll(Array("0123456789\n".utf8).span, to: pipe.writing)
        let read = try? FileDescriptor.readLine(pipe.reading, limit: limit)
        #expect((read != nil) == isRead)
    }

    @Test func `is an error where the descriptor is closed`() {
        #expect(throws: SystemError.self) { try FileDescriptor.readLine(-1, limit: 10) }
    }
}

@Suite struct `The kernel's randomness` {
    @Test func `is as long as asked for, and never the same`() throws {
        #expect(try KernelRandom.bytes(0).isEmpty)
        let (first, second) = (try KernelRandom.bytes(32), try KernelRandom.bytes(32))
        #expect(first.count == 32)
        #expect(!first.equals(second))
        // A signal may interrupt the kernel here, and the rest is asked for again.
        #expect(try KernelRandom.bytes(1 << 20).count == 1 << 20)
    }
}

@Suite struct `The words of a command` {
    @Test(arguments: [
        ("/bin/pass show x", ["/bin/pass", "show", "x"]), ("  a \t b ", ["a", "b"]),
        (#"a "b c" d"e f""#, ["a", "b c", "de f"]), (#"a """#, ["a", ""]), ("", []),
        ("a $(b) 'c d' \\", ["a", "$(b)", "'c", "d'", "\\"]),
    ])
    func `stand between blanks, double quotes hold them together`(line: String, words: [String]) {
        #expect(CommandWords.split(line) == words)
    }

    @Test func `are none where a quotation mark is not closed`() {
        #expect(CommandWords.split(#"a "b"#) == nil)
    }

    @Test func `come back from the line that is made of them`() {
        let words = ["/bin/x", "a b", "", "c"]
        #expect(CommandWords.split(CommandWords.joined(words)) == words)
    }
}
