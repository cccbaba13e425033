import SesameBrokerAPI
import SesameCommands
import SesameSecrets
import SesameSystem
import TestSupport

/// A stage for one command: a terminal, a broker and a machine, all by script.
struct Stage: Sendable {
    var environment = ["HOME": "/home/ada", "PATH": "/usr/bin:/bin"]
    private(set) var terminal: ScriptedTerminal
    let broker: ScriptedBroker
    let machine = MachineLog()
    let time = ManualTime(now: Timestamp(seconds: 1_800_000_000))
    /// How far each question to the broker moves the clock, in seconds.
    var secondsPerAnswer: Int64 = 0

    /// - Parameter broker: the answers, in order: a status code and JSON.
    init(
        _ broker: [(Int, String)] = [], input: [String] = [],
        terminals: Set<SesameCommands.Stream> = [], files: Set<SesameCommands.Stream> = []
    ) {
        self.broker = ScriptedBroker(broker)
        terminal = ScriptedTerminal(input: input, terminals: terminals, files: files)
    }

    /// The same with these bytes in a pipe.
    init(_ broker: [(Int, String)], bytes: [UInt8]) {
        self.broker = ScriptedBroker(broker)
        terminal = ScriptedTerminal(input: [], terminals: [], bytes: bytes)
    }

    /// The same with a person at the terminal, who sees the questions.
    var onTerminal: Stage {
        var copy = self
        copy.terminal = terminal.with([.input, .error])
        return copy
    }

    /// Runs a command line.
    func run(_ arguments: String...) -> Int32 { run(arguments) }

    /// Runs a command line.
    func run(_ arguments: [String]) -> Int32 {
        let machine = machine
        let broker = SlowConnection(broker: broker, time: time, seconds: secondsPerAnswer)
        let surroundings = Surroundings(
            environment: environment, time: time,
            connect: { _ throws(Problem) in broker },
            start: { program, arguments, environment in
                machine.note("start", program, arguments, environment)
                return Ended()
            },
            become: { program, arguments, environment in
                machine.note("become", program, arguments, environment)
                return 13
            },
            random: { count throws(SystemError) in
                Secret(copying: (0..<count).map { UInt8(truncatingIfNeeded: $0) })
            })
        return Program.run(arguments: arguments, surroundings: surroundings, terminal: terminal)
    }

    /// Runs a command that waits for a task of its own: on another thread, since tests run on the few
    /// threads that tasks share.
    func runApart(_ arguments: [String]) async -> Int32 {
        await withCheckedContinuation { result in
            do throws(SystemError) {
                try startThread(name: "command") { result.resume(returning: run(arguments)) }
            } catch {
                fatalError("\(error)")
            }
        }
    }

    var output: String { terminal.written(to: .output) }
    var errors: String { terminal.written(to: .error) }
}

// What the broker may say about the store.
extension Stage {
    static let absentStore =
        #"{"path":"/s","state":"absent","configured":"file","detail":"/k","memory":"locked"}"#
    static let fileStore =
        #"{"path":"/s","state":"open","source":"file","configured":"file","detail":"/k","#
        + #""memory":"locked"}"#
    static let passphraseStore =
        #"{"path":"/s","state":"locked","source":"passphrase","configured":"passphrase","#
        + #""detail":"","memory":"locked"}"#
}

/// A browser that went well.
private struct Ended: Companion {
    func exitStatus() -> Int32? { 0 }
}

/// What was started, and what was become.
final class MachineLog: Sendable {
    struct Entry: Sendable {
        let kind: String
        let program: String
        let arguments: [String]
        let environment: [String: String]
    }

    private let log = Locked<[Entry]>([])
    var entries: [Entry] { log.withLock { $0 } }

    func note(
        _ kind: String, _ program: String, _ arguments: [String], _ environment: [String: String]
    ) {
        let entry = Entry(
            kind: kind, program: program, arguments: arguments, environment: environment)
        log.withLock { $0.append(entry) }
    }
}

/// Answers from a list and keeps what was asked.
final class ScriptedBroker: BrokerConnection {
    private let state: Locked<(answers: [(Int, String)], requests: [String])>

    init(_ answers: [(Int, String)]) {
        state = Locked((answers, []))
    }

    /// Method, target and content of every request.
    var requests: [String] { state.withLock { $0.requests } }

    func exchange(_ request: BrokerRequest) throws(Problem) -> BrokerAnswer {
        let body = request.body.map { " " + $0.dangerouslyRevealedText() } ?? ""
        return try state.withLock { state throws(Problem) in
            state.requests.append("\(request.method) \(request.target)\(body)")
            guard !state.answers.isEmpty else {
                throw Problem(.internal, "the script is at its end")
            }
            let (status, answer) = state.answers.removeFirst()
            return BrokerAnswer(status: status, body: Secret(utf8: answer))
        }
    }
}

/// A broker whose answers take their time.
private struct SlowConnection: BrokerConnection {
    let broker: ScriptedBroker
    let time: ManualTime
    let seconds: Int64

    func exchange(_ request: BrokerRequest) throws(Problem) -> BrokerAnswer {
        time.advance(seconds: seconds)
        return try broker.exchange(request)
    }
}

/// A terminal that types from a list and keeps what it shows.
final class ScriptedTerminal: Terminal {
    private struct State {
        var input: [String]
        var bytes: [UInt8]?
        var written: [SesameCommands.Stream: String] = [:]
        var hidden: [String] = []
        var interruptsAfter: Int?
        var width = 80
    }
    private let state: Locked<State>
    private let terminals: Set<SesameCommands.Stream>
    private let files: Set<SesameCommands.Stream>

    init(
        input: [String], terminals: Set<SesameCommands.Stream>,
        files: Set<SesameCommands.Stream> = [], bytes: [UInt8]? = nil
    ) {
        self.files = files
        state = Locked(State(input: input, bytes: bytes))
        self.terminals = terminals
    }

    /// Another one with the same to type.
    func with(_ terminals: Set<SesameCommands.Stream>) -> ScriptedTerminal {
        ScriptedTerminal(input: state.withLock { $0.input }, terminals: terminals)
    }

    func written(to stream: SesameCommands.Stream) -> String {
        state.withLock { $0.written[stream] ?? "" }
    }

    /// What was typed without an echo.
    var hidden: [String] { state.withLock { $0.hidden } }

    /// Lets Ctrl-C be pressed when ``isInterrupted`` was asked that often.
    func interrupt(afterQuestions count: Int) { state.withLock { $0.interruptsAfter = count } }

    func isTerminal(_ stream: SesameCommands.Stream) -> Bool { terminals.contains(stream) }

    func isFile(_ stream: SesameCommands.Stream) -> Bool { files.contains(stream) }

    var width: Int { state.withLock { $0.width } }

    /// Gives the screen so many columns.
    func resize(to width: Int) { state.withLock { $0.width = width } }

    func write(_ bytes: Secret, to stream: SesameCommands.Stream) throws(Failure) {
        state.withLock { $0.written[stream, default: ""] += bytes.dangerouslyRevealedText() }
    }

    func readLine(after prompt: String, hidden: Bool) throws(Failure) -> Secret? {
        state.withLock { state in
            state.written[.error, default: ""] += prompt
            guard !state.input.isEmpty else { return nil }
            let line = state.input.removeFirst()
            if hidden { state.hidden.append(line) }
            return Secret(utf8: line)
        }
    }

    func readInput(limit: Int) throws(Failure) -> Secret {
        state.withLock { state in
            if let bytes = state.bytes { return Secret(copying: bytes) }
            defer { state.input = [] }
            return Secret(utf8: state.input.joined(separator: "\n"))
        }
    }

    func awaitInput(seconds: Int32) -> Bool { true }

    func deferringInterruption<Result>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body()
    }

    var isInterrupted: Bool {
        state.withLock { state in
            guard let left = state.interruptsAfter else { return false }
            state.interruptsAfter = left - 1
            return left <= 0
        }
    }
}
