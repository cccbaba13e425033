import TestSupport
import Testing

@Suite struct `A child process` {
    @Test func `hands back status, output and errors`() throws {
        let ended = try ChildProcess.run(
            "/bin/sh", ["-c", "cat; echo $GREETING; echo oh >&2; exit 3"],
            environment: ["GREETING": "hello", "PATH": "/bin"], input: Array("in\n".utf8))
        #expect(ended.status == 3)
        #expect(ended.output == "in\nhello\n")
        #expect(ended.errors == "oh\n")
    }

    @Test func `takes and gives more than a pipe holds`() throws {
        let input = [UInt8](repeating: 0x61, count: 1 << 20)
        let ended = try ChildProcess.run("cat", [], input: input)
        #expect(Array(ended.output.utf8) == input)
    }

    @Test func `survives a program that does not read`() throws {
        let input = [UInt8](repeating: 0x61, count: 1 << 20)
        #expect(try ChildProcess.run("true", [], input: input).status == 0)
    }

    @Test func `is killed when its time is over`() {
        #expect(throws: ChildProcess.Failure.self) {
            try ChildProcess.run("sleep", ["60"], timeLimit: .milliseconds(50))
        }
    }

    @Test func `is read line by line while it runs`() throws {
        let running = try ChildProcess.start("cat", [])
        running.write("one\ntwo\n")
        #expect(try running.nextLine() == "one")
        #expect(try running.nextLine() == "two")
        running.write("three")
        running.closeInput()
        #expect(try running.nextLine() == "three")
        #expect(try running.nextLine() == nil)
        #expect(try running.wait().status == 0)
    }

    @Test func `ends by a signal`() throws {
        let running = try ChildProcess.start("sleep", ["60"])
        running.terminate()
        #expect(try running.wait().status == 128 + 15)
    }

    @Test func `is refused when it is not installed`() {
        #expect(throws: ChildProcess.Failure.self) {
            try ChildProcess.run("/nonexistent/program", [])
        }
    }
}
